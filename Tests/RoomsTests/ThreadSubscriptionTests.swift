import Audit
import Matrix
import Rooms
import Storage
import TestHouse
import Testing

@Suite("Threads that one follows")
struct ThreadSubscriptionTests {
    private let house: RoomsHouse
    private let alice: Requester
    private let bob: Requester
    private let room: RoomID

    init() async throws {
        house = try RoomsHouse()
        alice = try await house.person("alice")
        bob = try await house.person("bob")
        room = try await house.room(by: alice)
        try await house.join(room, bob)
    }

    private func reply(to root: EventID, by requester: Requester? = nil) async throws -> EventID {
        try await house.say(
            "reply", in: room, by: requester ?? bob, #","m.relates_to":{"rel_type":"m.thread","event_id":"\#(root.rawValue)"}"#)
    }

    private func subscribe(_ root: EventID, because cause: EventID? = nil) async throws {
        try await house.rooms.subscribe(to: root, in: room, because: cause, by: alice, at: house.now)
    }

    private func unsubscribe(_ root: EventID) async throws {
        try await house.rooms.unsubscribe(from: root, in: room, by: alice, at: house.now)
    }

    private func found(_ root: EventID) async throws -> ThreadSubscription? {
        try await house.reads.subscription(to: root, in: room, of: alice)
    }

    private func changes(_ person: Requester? = nil) async throws -> [ThreadSubscriptionChanges.Change] {
        try await house.reads.subscriptionChanges(from: nil, to: nil, limit: 100, of: person ?? alice).changes
    }

    @Test("what a person asked for outlasts what a client does by itself")
    func precedence() async throws {
        let root = try await house.say("root", in: room, by: bob)
        let mention = try await reply(to: root)
        #expect(try await found(root) == nil)
        try await subscribe(root, because: mention)
        #expect(try await found(root) == .subscribed(automatic: true))
        try await subscribe(root)
        #expect(try await found(root) == .subscribed(automatic: false))
        let position = try await changes().map(\.position)
        try await subscribe(root, because: mention)
        try await subscribe(root)
        #expect(try await found(root) == .subscribed(automatic: false))
        #expect(try await changes().map(\.position) == position, "what changes nothing is not told")
    }

    @Test(
        "after somebody ceased to follow a thread only what came later is a reason to follow it again", arguments: [true, false])
    func conflict(wasFollowed: Bool) async throws {
        let root = try await house.say("root", in: room, by: bob)
        let before = try await reply(to: root)
        if wasFollowed { try await subscribe(root) }
        try await unsubscribe(root)
        await #expect(throws: RoomError.unsubscribedSince) { try await subscribe(root, because: before) }
        #expect(try await found(root) == .unsubscribed)
        try await unsubscribe(root)
        let between = try await reply(to: root)
        try await unsubscribe(root)
        await #expect(throws: RoomError.unsubscribedSince) { try await subscribe(root, because: between) }
        try await subscribe(root, because: try await reply(to: root))
        #expect(try await found(root) == .subscribed(automatic: true))
        try await unsubscribe(root)
        try await subscribe(root)
        #expect(try await found(root) == .subscribed(automatic: false))
    }

    @Test("the reason must be in the thread")
    func cause() async throws {
        let root = try await house.say("root", in: room, by: bob)
        let other = try await house.say("other", in: room, by: bob)
        let elsewhere = try await reply(to: other)
        for cause in [root, other, elsewhere] {
            await #expect(throws: RoomError.notInThread) { try await subscribe(root, because: cause) }
        }
        await #expect(throws: RoomReadError.eventNotFound) {
            try await subscribe(root, because: try EventID(parsing: "$" + String(repeating: "A", count: 43)))
        }
        #expect(try await changes().isEmpty)
    }

    @Test("of each thread the last word is known; pages to the end are everything", arguments: 1...4 as ClosedRange<UInt64>)
    func pages(seed: UInt64) async throws {
        var dice = Dice(seed)
        var roots: [EventID] = []
        for number in 0..<6 { roots.append(try await house.say("root \(number)", in: room, by: bob)) }
        var expected: [EventID: ThreadSubscription] = [:]
        for _ in 0..<30 {
            let root = dice.one(of: roots)
            if dice.chance(50) { try await subscribe(root) } else { try await unsubscribe(root) }
            expected[root] = try await found(root)
        }
        var from: HistoryToken?
        var told: [ThreadSubscriptionChanges.Change] = []
        repeat {
            let limit = 1 + dice.below(3)
            let page = try await house.reads.subscriptionChanges(from: from, to: nil, limit: limit, of: alice)
            #expect(page.changes.count <= limit)
            told += page.changes
            from = page.next
        } while from != nil
        #expect(told.map(\.position) == told.map(\.position).sorted(by: >))
        #expect(told.count == expected.count)
        #expect(Dictionary(uniqueKeysWithValues: told.map { ($0.root, $0.subscription) }) == expected)
        #expect(try await changes(bob).isEmpty, "nobody hears of what others follow")
    }

    @Test("a purged event takes the word about its thread with it, an erased person everything he said")
    func forgetting() async throws {
        let roots = [try await house.say("one", in: room, by: bob), try await house.say("two", in: room, by: bob)]
        for root in roots {
            try await subscribe(root)
            try await house.rooms.subscribe(to: root, in: room, by: bob, at: house.now)
        }
        let gone = roots[0]
        try await house.store.write { tx in
            guard let position = try Timeline.event(gone, cache: nil, tx)?.position else { return }
            try tx.forget(event: position)
        }
        #expect(try await changes().map(\.root) == [roots[1]])
        let number = bob.number
        try await house.store.write { try $0.forget(person: number) }
        let left = try await house.store.read { try $0.first("SELECT count(*) FROM thread_subscriptions")?.int(0) }
        #expect(left == 1)
    }
}
