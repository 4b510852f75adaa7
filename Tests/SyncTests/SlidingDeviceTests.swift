import Audit
import EndToEnd
import Matrix
import Rooms
import Storage
import TestHouse
import Testing

@testable import Sync

@Suite("Sliding sync, what it tells a device itself", .timeLimit(.minutes(5)))
struct SlidingDeviceTests {
    private let house: SyncHouse
    private let alice: Requester
    private let bob: Requester

    init() async throws {
        house = try SyncHouse(keepsPresence: false)
        alice = try await house.person("alice")
        bob = try await house.person("bob")
    }

    private func send(_ number: Int) async throws {
        let json = #"{"\#(bob.user)":{"phone":{"n":\#(number)}}}"#
        let messages = try DeviceMessages("m.test", parsing: JSON(parsing: Array(json.utf8)))
        try await house.keys.send(messages, transaction: "t\(number)", by: alice, at: house.now)
    }

    private func body(since: String? = nil, limit: Int = 100) -> String {
        let since = since.map { #","since":"\#($0)""# } ?? ""
        return
            #"{"conn_id":"encryption","extensions":{"to_device":{"enabled":true,"limit":\#(limit)\#(since)},"e2ee":{"enabled":true}}}"#
    }

    private func numbers(_ answer: JSON) -> [Int64] {
        (answer["extensions"]?["to_device"]?["events"]).list.compactMap { $0["content"]?["n"]?.int }
    }

    private func batch(_ answer: JSON) -> String { answer["extensions"]?["to_device"]?["next_batch"]?.string ?? "" }

    private func waiting() async throws -> Int64? {
        try await house.store.read { tx in try tx.first("SELECT count(*) FROM device_messages")?.int(0) }
    }

    @Test("messages come page by page, stay until they are acknowledged and are gone then")
    func messages() async throws {
        for number in 0..<5 { try await send(number) }
        let first = try await house.slide(bob, body(limit: 3))
        #expect(numbers(first) == [0, 1, 2])
        let lost = try await house.slide(bob, body(limit: 3), pos: first.pos)
        #expect(numbers(lost) == [0, 1, 2], "without an acknowledgement they come again")
        let second = try await house.slide(bob, body(since: batch(first), limit: 3), pos: first.pos)
        #expect(numbers(second) == [3, 4])
        #expect(try await waiting() == 2)
        let third = try await house.slide(bob, body(since: batch(second), limit: 3), pos: second.pos)
        #expect(numbers(third).isEmpty)
        #expect(try await waiting() == 0)
    }

    @Test("a message wakes the device that waits, and only that one")
    func waking() async throws {
        let tablet = try await house.person("bob", device: "desk")
        let (first, other) = (try await house.slide(bob, body()), try await house.slide(tablet, body()))
        async let answer = house.slide(bob, body(since: batch(first)), pos: first.pos, timeout: 60_000)
        async let silent = house.slide(tablet, body(since: batch(other)), pos: other.pos, timeout: 60_000)
        while house.hub.waiting < 2 { await Task.yield() }
        try await send(7)
        #expect(numbers(try await answer) == [7])
        #expect(house.hub.waiting == 1)
        house.hub.drain()
        #expect(numbers(try await silent).isEmpty)
    }

    @Test("a token from the future takes nothing away")
    func future() async throws {
        try await send(1)
        let first = try await house.slide(bob, body(since: "999999999"))
        #expect(numbers(first).isEmpty && batch(first) == "999999999")
        #expect(try await waiting() == 1)
        #expect(numbers(try await house.slide(bob, body())) == [1])
    }

    @Test("those who come into a room are told as changed, those who go as left; what a device has left is told with it")
    func deviceLists() async throws {
        let room = try await house.room(by: alice)
        let first = try await house.slide(alice, body())
        let endToEnd = { (answer: JSON) in answer["extensions"]?["e2ee"] }
        #expect(endToEnd(first)?["device_lists"] == nil)
        #expect(endToEnd(first)?["device_one_time_keys_count"]?["signed_curve25519"]?.int == 0)
        #expect(endToEnd(first)?["device_unused_fallback_key_types"]?.count == 0)
        try await house.join(room, bob)
        let second = try await house.slide(alice, body(since: batch(first)), pos: first.pos)
        #expect((endToEnd(second)?["device_lists"]?["changed"]).list.compactMap(\.string) == ["@bob:example.org"])
        try await house.leave(room, bob)
        let third = try await house.slide(alice, body(since: batch(second)), pos: second.pos)
        #expect((endToEnd(third)?["device_lists"]?["left"]).list.compactMap(\.string) == ["@bob:example.org"])
        async let fourth = house.slide(alice, body(since: batch(third)), pos: third.pos, timeout: 60_000)
        while house.hub.waiting == 0 { await Task.yield() }
        try await house.say("nobody's keys changed", in: room, by: alice)
        while house.hub.waiting == 0 { await Task.yield() }
        house.hub.drain()
        #expect((endToEnd(try await fourth)?["device_lists"]?["changed"]?.count ?? 0) == 0)
    }
}
