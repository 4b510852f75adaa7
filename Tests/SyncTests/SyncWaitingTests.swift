import Audit
import Matrix
import Rooms
import Storage
import TestHouse
import Testing

@testable import Sync

@Suite("GET /sync, waiting", .timeLimit(.minutes(5)))
struct SyncWaitingTests {
    private func settled(_ house: SyncHouse, _ count: Int) async throws {
        for _ in 0..<2_000 where house.hub.waiting != count { try await Task.sleep(for: .milliseconds(1)) }
        #expect(house.hub.waiting == count)
    }

    @Test("a long poll ends with the event that it waited for")
    func event() async throws {
        let house = try SyncHouse()
        let (alice, bob) = (try await house.person("alice"), try await house.person("bob"))
        let room = try await house.room(by: alice)
        try await house.join(room, bob)
        let token = try await house.token(bob)
        async let answer = house.answer(bob, since: token, timeout: 60_000)
        try await settled(house, 1)
        try await house.say("ding", in: room, by: alice)
        #expect(try await answer.room(room)?.bodies == ["ding"])
    }

    @Test("what the filter keeps out does not end a long poll")
    func filtered() async throws {
        let house = try SyncHouse()
        let (alice, bob) = (try await house.person("alice"), try await house.person("bob"))
        let room = try await house.room(by: alice)
        try await house.join(room, bob)
        let token = try await house.token(bob)
        let filter = #"{"room":{"rooms":[]}}"#
        async let answer = house.answer(bob, since: token, filter: filter, timeout: 60_000)
        try await settled(house, 1)
        try await house.say("not for you", in: room, by: alice)
        try await settled(house, 1)
        house.clock.advance(60_100)
        let ticking = Task { await house.hub.run { house.clock.now } }
        #expect(try await answer.tellsOfNoRoom)
        ticking.cancel()
    }

    @Test("an invitation, account data and typing end it too")
    func others() async throws {
        let house = try SyncHouse()
        let (alice, bob) = (try await house.person("alice"), try await house.person("bob"))
        let room = try await house.room(by: alice)
        var token = try await house.token(bob)
        let since = token
        async let invited = house.answer(bob, since: since, timeout: 60_000)
        try await settled(house, 1)
        try await house.invite(bob, to: room, by: alice)
        #expect(try await invited.room(room, "invite") != nil)
        try await house.join(room, bob)
        token = try await house.token(bob)
        let joined = token
        async let data = house.answer(bob, since: joined, timeout: 60_000)
        try await settled(house, 1)
        try await house.keep("org.example.setting", #"{"on":true}"#, by: bob)
        #expect(try await data.events("account_data").map(\.type) == ["org.example.setting"])
        token = try await house.token(bob)
        let quiet = token
        async let typing = house.answer(bob, since: quiet, timeout: 60_000)
        try await settled(house, 1)
        let numbers = try await house.rooms.reads.joinedNumbers(in: room, by: alice)
        house.hub.setTyping(alice.number, in: numbers.room, until: house.now + 30_000, wake: numbers.joined)
        let events = try await typing.room(room)?.events("ephemeral")
        #expect(events?.first?["content"]?["user_ids"]?[0]?.string == "@alice:example.org")
    }

    @Test("the end of the session ends it with M_UNKNOWN_TOKEN")
    func session() async throws {
        let house = try SyncHouse()
        let alice = try await house.person("alice")
        let token = try await house.token(alice)
        let poll = Task { try await house.answer(alice, since: token, timeout: 60_000) }
        try await settled(house, 1)
        house.hub.endSession(user: alice.number, device: alice.device)
        let error = await #expect(throws: MatrixError.self) { try await poll.value }
        #expect(error?.status == 401)
    }

    @Test("a server that drains answers at once")
    func drain() async throws {
        let house = try SyncHouse()
        let alice = try await house.person("alice")
        let token = try await house.token(alice)
        let poll = Task { try await house.answer(alice, since: token, timeout: 60_000) }
        try await settled(house, 1)
        house.hub.drain()
        #expect(try await poll.value.token == token)
    }

    @Test("an idle call reads nothing from the database")
    func idle() async throws {
        let house = try SyncHouse()
        let alice = try await house.person("alice")
        _ = try await house.room(by: alice)
        let token = try await house.token(alice)
        await house.store.close()
        #expect(try await house.answer(alice, since: token).tellsOfNoRoom)
    }
}
