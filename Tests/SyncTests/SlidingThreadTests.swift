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

    private func threads(_ wish: String = "", limit: Int = 0) -> String {
        let list = #"{"ranges":[[0,0]],"timeline_limit":\#(limit),"required_state":[]}"#
        return #"{"lists":{"all":\#(list)},"extensions":{"io.element.msc4360.threads":{"enabled":true\#(wish)}}}"#
    }

    private func updates(_ answer: JSON, in room: RoomID? = nil) -> [String] {
        (answer["extensions"]?["io.element.msc4360.threads"]?["updates"]?[(room ?? self.room).rawValue]).members.map(\.key)
    }

    private func reply(to root: EventID, in room: RoomID? = nil, by requester: Requester? = nil) async throws -> EventID {
        try await house.say(
            "reply", in: room ?? self.room, by: requester ?? bob,
            #","m.relates_to":{"rel_type":"m.thread","event_id":"\#(root.rawValue)"}"#)
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

    @Test("a thread with news is named when the timeline does not tell all of it, and wakes the one that waits")
    func news() async throws {
        let root = try await house.say("root", in: room, by: alice)
        let first = try await house.slide(alice, threads())
        #expect(first["extensions"]?.count == 0)
        async let answer = house.slide(alice, threads(), pos: first.pos, timeout: 60_000)
        while house.hub.waiting == 0 { await Task.yield() }
        _ = try await reply(to: root)
        let second = try await answer
        #expect(updates(second) == [root.rawValue])
        #expect(try await house.slide(alice, threads(), pos: second.pos)["extensions"]?.count == 0)
        _ = try await reply(to: root)
        let told = try await house.slide(alice, threads(limit: 1), pos: second.pos)
        #expect(told["extensions"]?.count == 0, "the timeline has it")
        _ = try await reply(to: root)
        let wanted = try await house.slide(alice, threads(#","include_roots":true"#, limit: 1), pos: told.pos)
        let update = wanted["extensions"]?["io.element.msc4360.threads"]?["updates"]?[room.rawValue]?[root.rawValue]
        #expect(update?["thread_root"]?["unsigned"]?["m.relations"]?["m.thread"]?["count"]?.int == 3)
        #expect(update?["thread_root"]?["room_id"] == nil && update?["prev_batch"] == nil)
    }

    @Test(
        "timeline and extension together name every thread with news, whatever the windows are",
        arguments: 1...6 as ClosedRange<UInt64>)
    func everything(seed: UInt64) async throws {
        var dice = Dice(seed)
        var rooms: [RoomID: [EventID]] = [room: []]
        for _ in 0..<2 {
            let other = try await house.room(by: alice)
            try await house.join(other, bob)
            rooms[other] = []
        }
        let names = rooms.keys.sorted { $0.rawValue < $1.rawValue }
        var pos: String?
        for _ in 0..<25 {
            var news: [String: Set<String>] = [:]
            for _ in 0..<dice.below(6) {
                let place = dice.one(of: names)
                if let roots = rooms[place], !roots.isEmpty, dice.chance(75) {
                    let root = dice.one(of: roots)
                    news[root.rawValue, default: []].insert(try await reply(to: root, in: place).rawValue)
                } else {
                    rooms[place]?.append(try await house.say("root", in: place, by: bob))
                }
            }
            let answer = try await house.slide(alice, threads(limit: dice.below(4)), pos: pos)
            pos = answer.pos
            let shown = Set(names.flatMap { (answer.told($0)?["timeline"]).list.map(\.id) })
            let expected = news.filter { !$0.value.isSubset(of: shown) }.keys.sorted()
            #expect(names.flatMap { updates(answer, in: $0) }.sorted() == expected)
        }
    }
}
