import Audit
import Matrix
import Rooms
import TestHouse
import Testing

@testable import Sync

@Suite("Sliding sync, what it tells of threads", .timeLimit(.minutes(5)))
struct SlidingThreadTests {
    private let house: SyncHouse
    private let alice: Requester
    private let bob: Requester
    private let room: RoomID

    init() async throws {
        house = try SyncHouse(keepsPresence: false)
        alice = try await house.person("alice")
        bob = try await house.person("bob")
        room = try await house.room(by: alice)
        try await house.join(room, bob)
    }

    private func subscriptions(limit: Int = 100) -> String {
        #"{"extensions":{"io.element.msc4308.thread_subscriptions":{"enabled":true,"limit":\#(limit)}}}"#
    }

    private func told(_ answer: JSON, _ section: String = "subscribed") -> [String] {
        (answer["extensions"]?["io.element.msc4308.thread_subscriptions"]?[section]?[room.rawValue]).members.map(\.key)
    }

    private func subscribe(_ root: EventID) async throws {
        try await house.rooms.subscribe(to: root, in: room, by: alice, at: house.now)
    }

    @Test("a thread that another device begins to follow wakes the one that waits, once")
    func waking() async throws {
        let root = try await house.say("root", in: room, by: bob)
        let first = try await house.slide(alice, subscriptions())
        #expect(told(first).isEmpty)
        async let answer = house.slide(alice, subscriptions(), pos: first.pos, timeout: 60_000)
        while house.hub.waiting == 0 { await Task.yield() }
        try await subscribe(root)
        let second = try await answer
        #expect(told(second) == [root.rawValue])
        let lost = try await house.slide(alice, subscriptions(), pos: first.pos)
        #expect(told(lost) == [root.rawValue], "an answer that was lost is given again")
        let third = try await house.slide(alice, subscriptions(), pos: lost.pos)
        #expect(third["extensions"]?.count == 0)
        try await house.rooms.unsubscribe(from: root, in: room, by: alice, at: house.now)
        let fourth = try await house.slide(alice, subscriptions(), pos: third.pos)
        #expect(told(fourth).isEmpty && told(fourth, "unsubscribed") == [root.rawValue])
        #expect((try await house.slide(bob, subscriptions()))["extensions"]?.count == 0)
    }

    @Test("a restart tells everything once more, and no less")
    func restart() async throws {
        var roots: [String] = []
        for number in 0..<3 {
            let root = try await house.say("root \(number)", in: room, by: bob)
            try await subscribe(root)
            roots.append(root.rawValue)
        }
        let before = try await house.slide(alice, subscriptions())
        let engine = try await house.restarted()
        await #expect(throws: MatrixError.unknownPosition()) {
            try await house.slide(alice, subscriptions(), pos: before.pos, on: engine)
        }
        let after = try await house.slide(alice, subscriptions(), on: engine)
        #expect(told(after).sorted() == roots.sorted())
    }

    @Test("what one answer has no room for is found from where it says")
    func pages() async throws {
        for number in 0..<5 { try await subscribe(try await house.say("root \(number)", in: room, by: bob)) }
        let answer = try await house.slide(alice, subscriptions(limit: 2))
        #expect(told(answer).count == 2)
        let word = answer["extensions"]?["io.element.msc4308.thread_subscriptions"]?["prev_batch"]?.string ?? ""
        let rest = try await house.rooms.reads.subscriptionChanges(
            from: HistoryToken(parsing: word), to: nil, limit: 10, of: alice)
        #expect(rest.changes.count == 3 && rest.next == nil)
        #expect(Set(rest.changes.map(\.root.rawValue)).isDisjoint(with: told(answer)))
        // The position of a call is where paging for the next one stops.
        try await subscribe(try await house.say("late", in: room, by: bob))
        let late = try await house.rooms.reads.subscriptionChanges(
            from: nil, to: HistoryToken(parsing: answer.pos), limit: 10, of: alice)
        #expect(late.changes.count == 1)
    }
}
