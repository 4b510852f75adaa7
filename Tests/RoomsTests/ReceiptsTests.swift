import Audit
import Matrix
import Rooms
import Storage
import TestHouse
import Testing

@Suite("POST /rooms/{roomId}/receipt: receipts and unread counts")
struct ReceiptsTests {
    @Test("a receipt moves forward and never back")
    func forward() async throws {
        let scene = try await Scene()
        let first = try await scene.house.say("1", in: scene.room, by: scene.bob)
        let second = try await scene.house.say("2", in: scene.room, by: scene.bob)
        try await scene.acknowledge(second)
        try await scene.acknowledge(first)
        #expect(try await scene.receipts(for: scene.bob).map(\.eventID) == [second.rawValue])
    }

    @Test("a private receipt is shown to its owner alone")
    func privacy() async throws {
        let scene = try await Scene()
        let event = try await scene.house.say("1", in: scene.room, by: scene.bob)
        try await scene.acknowledge(event, .privateRead)
        #expect(try await scene.receipts(for: scene.bob).isEmpty)
        #expect(try await scene.receipts(for: scene.alice).map(\.kind) == [.privateRead])
    }

    @Test("mallory, who is not in the room, can acknowledge nothing in it")
    func stranger() async throws {
        let scene = try await Scene()
        let mallory = try await scene.house.person("mallory")
        let event = try await scene.house.say("1", in: scene.room, by: scene.bob)
        await #expect(throws: RoomReadError.notVisible) {
            try await scene.house.rooms.acknowledge([ReceiptWish(.read, event)], in: scene.room, by: mallory, at: 1)
        }
    }

    @Test("an event of another room cannot be acknowledged here")
    func elsewhere() async throws {
        let scene = try await Scene()
        let other = try await scene.house.room(by: scene.alice)
        let event = try await scene.house.say("1", in: other, by: scene.alice)
        await #expect(throws: RoomReadError.eventNotFound) { try await scene.acknowledge(event) }
    }

    @Test("a threaded receipt fits its thread: the root, its replies, what relates to them, and main for the rest")
    func threads() async throws {
        let scene = try await Scene()
        let root = try await scene.house.say("root", in: scene.room, by: scene.bob)
        let reply = try await scene.house.say("reply", in: scene.room, by: scene.bob, relation("m.thread", root))
        let edit = try await scene.house.say("edit", in: scene.room, by: scene.bob, relation("m.replace", reply))
        let reaction = try await scene.house.say("reaction", in: scene.room, by: scene.bob, relation("m.annotation", root))
        let plain = try await scene.house.say("plain", in: scene.room, by: scene.bob)
        for event in [root, reply, edit, reaction] { try await scene.acknowledge(event, thread: .root(root)) }
        for event in [root, reaction, plain] { try await scene.acknowledge(event, thread: .main) }
        for (event, thread) in [(reply, ReceiptThread.main), (edit, .main), (plain, .root(root)), (reply, .root(plain))] {
            await #expect { try await scene.acknowledge(event, thread: thread) } throws: {
                ($0 as? MatrixError)?.code == .invalidParam
            }
        }
        #expect(
            try await scene.receipts(for: scene.alice).map(\.threadID).sorted { ($0 ?? "") < ($1 ?? "") } == [
                root.rawValue, "main",
            ])
    }

    @Test("unread is what others said after the last receipt, public, private or threaded")
    func unread() async throws {
        let scene = try await Scene()
        let counts = UnreadCounts()
        #expect(try await scene.unread(counts) == [0, 0])
        var events: [EventID] = []
        for number in 1...4 {
            events.append(try await scene.house.say("\(number)", in: scene.room, by: scene.bob))
            #expect(try await scene.unread(counts) == [number, 0])
        }
        try await scene.acknowledge(events[0])
        #expect(try await scene.unread(counts) == [3, 0])
        try await scene.acknowledge(events[1], .privateRead)
        #expect(try await scene.unread(counts) == [2, 0])
        try await scene.acknowledge(events[2], thread: .main)
        #expect(try await scene.unread(counts) == [1, 0])
        try await scene.house.say("mine", in: scene.room, by: scene.alice)
        #expect(try await scene.unread(counts) == [0, 0])
    }

    @Test("a mention is a highlight until it is read")
    func highlights() async throws {
        let scene = try await Scene()
        let counts = UnreadCounts()
        let mention = #","m.mentions":{"user_ids":["\#(scene.alice.user)"]}"#
        let event = try await scene.house.say("hello alice", in: scene.room, by: scene.bob, mention)
        try await scene.house.say("hello all", in: scene.room, by: scene.bob)
        #expect(try await scene.unread(counts) == [2, 1])
        try await scene.acknowledge(event)
        #expect(try await scene.unread(counts) == [1, 0])
    }

    @Test("what was taken back is not unread any more")
    func redaction() async throws {
        let scene = try await Scene()
        let counts = UnreadCounts()
        let event = try await scene.house.say("oops", in: scene.room, by: scene.bob)
        try await scene.house.say("hello", in: scene.room, by: scene.bob)
        #expect(try await scene.unread(counts) == [2, 0])
        _ = try await scene.house.rooms.redact(
            event, reason: nil, transaction: "r", in: scene.room, by: scene.bob, at: scene.house.now)
        #expect(try await scene.unread(counts) == [1, 0])
    }

    @Test("remembered counts equal fresh ones, over random talk", arguments: 1...6 as ClosedRange<UInt64>)
    func property(seed: UInt64) async throws {
        let scene = try await Scene()
        let counts = UnreadCounts()
        var dice = Dice(seed)
        var events = [try await scene.house.say("0", in: scene.room, by: scene.bob)]
        for step in 1...50 {
            switch Int.random(in: 0..<5, using: &dice) {
            case 0: try await scene.acknowledge(events.randomElement(using: &dice) ?? events[0])
            case 1: events.append(try await scene.house.say("\(step)", in: scene.room, by: scene.alice))
            case 2:
                _ = try await scene.house.rooms.redact(
                    events.randomElement(using: &dice) ?? events[0], reason: nil, transaction: "\(step)", in: scene.room,
                    by: scene.bob,
                    at: scene.house.now)
            default: events.append(try await scene.house.say("\(step)", in: scene.room, by: scene.bob))
            }
            if Bool.random(using: &dice) {
                #expect(try await scene.unread(counts) == scene.unread(UnreadCounts()), "\(seed) \(step)")
            }
        }
    }

    private func relation(_ kind: String, _ event: EventID) -> String {
        #","m.relates_to":{"rel_type":"\#(kind)","event_id":"\#(event)"}"#
    }
}

/// Alice and bob in a room; alice reads.
private struct Scene: Sendable {
    let house: RoomsHouse
    let alice: Requester
    let bob: Requester
    let room: RoomID

    init() async throws {
        house = try RoomsHouse()
        alice = try await house.person("alice")
        bob = try await house.person("bob")
        room = try await house.room(by: bob)
        try await house.join(room, alice)
    }

    func acknowledge(_ event: EventID, _ kind: ReceiptKind = .read, thread: ReceiptThread = .unthreaded) async throws {
        try await house.rooms.acknowledge([ReceiptWish(kind, event, thread: thread)], in: room, by: alice, at: house.now)
    }

    func receipts(for reader: Requester) async throws -> [Receipt] {
        try await house.store.read { tx in
            let number = try tx.number(of: room) ?? -1
            return try ReceiptQueries.receipts(in: number, visibleTo: reader.number, upTo: tx.position(), tx)
        }
    }

    func unread(_ counts: UnreadCounts) async throws -> [Int] {
        let count = try await house.count(room, for: alice, counts)
        return [count.notifications, count.highlights]
    }
}
