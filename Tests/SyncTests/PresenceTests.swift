import Audit
import Matrix
import Rooms
import TestHouse
import Testing

@testable import Sync

@Suite("presence")
struct PresenceTests {
    private func seen(_ answer: JSON) -> [String: String] {
        Dictionary(
            answer.events("presence").map { ($0["sender"]?.string ?? "", $0["content"]?["presence"]?.string ?? "") }
        ) { _, last in last }
    }

    @Test("those who share a room are told, nobody else")
    func sharing() async throws {
        let house = try SyncHouse()
        let (alice, bob, mallory) = (
            try await house.person("alice"), try await house.person("bob"), try await house.person("mallory")
        )
        let room = try await house.room(by: alice)
        try await house.join(room, bob)
        let (forBob, forMallory) = (try await house.token(bob), try await house.token(mallory))
        _ = try await house.answer(alice) { $0.presence = .online }
        try await house.sync.setPresence(.online, message: "busy", of: alice.number, now: house.now)
        let answer = try await house.answer(bob, since: forBob)
        #expect(seen(answer) == [alice.user.rawValue: "online"])
        #expect(answer.events("presence")[0]["content"]?["status_msg"]?.string == "busy")
        #expect(answer.events("presence")[0]["content"]?["currently_active"]?.bool == true)
        #expect(seen(try await house.answer(mallory, since: forMallory)).isEmpty)
        let status = try await house.sync.presence(of: alice.user, for: bob.number, now: house.clock.now)
        #expect(try JSON(parsing: status)["presence"]?.string == "online")
        await #expect(throws: MatrixError.self) {
            try await house.sync.presence(of: alice.user, for: mallory.number, now: house.clock.now)
        }
        await #expect(throws: MatrixError.self) {
            try await house.sync.presence(of: UserID(parsing: "@nobody:example.org"), for: mallory.number, now: house.clock.now)
        }
    }

    @Test("time makes people inactive, idle and offline, and activity brings them back")
    func time() async throws {
        let house = try SyncHouse()
        let alice = try await house.person("alice")
        let presence = try #require(house.sync.presence)
        presence.pollBegan(alice.number, as: .online, now: 0)
        presence.tick(now: Presence.activeMilliseconds)
        #expect(presence.entry(of: alice.number)?.standing == .online && presence.entry(of: alice.number)?.isActive == false)
        presence.tick(now: Presence.idleMilliseconds)
        #expect(presence.entry(of: alice.number)?.standing == .unavailable)
        presence.active(alice.number, now: Presence.idleMilliseconds + 1)
        #expect(presence.entry(of: alice.number)?.standing == .online)
        presence.pollEnded(alice.number, now: Presence.idleMilliseconds + 2)
        presence.tick(now: Presence.idleMilliseconds + 2 + Presence.offlineMilliseconds)
        #expect(presence.entry(of: alice.number)?.standing == .offline)
    }

    @Test("somebody who has not synced since the start wakes those who share a room with him", .timeLimit(.minutes(5)))
    func waking() async throws {
        let house = try SyncHouse()
        let (alice, bob) = (try await house.person("alice"), try await house.person("bob"))
        let room = try await house.room(by: alice)
        try await house.join(room, bob)
        let token = try await house.token(bob)
        async let answer = house.answer(bob, since: token, timeout: 60_000)
        for _ in 0..<2_000 where house.hub.waiting != 1 { try await Task.sleep(for: .milliseconds(1)) }
        try await house.sync.setPresence(.unavailable, message: "tea", of: alice.number, now: house.now)
        #expect(seen(try await answer) == [alice.user.rawValue: "unavailable"])
    }

    @Test("a server without presence tells none")
    func off() async throws {
        let house = try SyncHouse(keepsPresence: false)
        let alice = try await house.person("alice")
        let answer = try await house.answer(alice) { $0.presence = .online }
        #expect(seen(answer).isEmpty)
        let status = try await house.sync.presence(of: alice.user, for: alice.number, now: house.clock.now)
        #expect(try JSON(parsing: status)["presence"]?.string == "offline")
    }
}
