import Audit
import Matrix
import Rooms
import TestHouse
import Testing

@testable import Sync

@Suite("Sliding sync, connections", .timeLimit(.minutes(5)))
struct SlidingConnectionTests {
    private let house: SyncHouse
    private let alice: Requester
    private let bob: Requester

    init() async throws {
        house = try SyncHouse(keepsPresence: false)
        alice = try await house.person("alice")
        bob = try await house.person("bob")
    }

    private func isUnknown(
        _ pos: String, _ body: String = SlidingBody().text, by requester: Requester? = nil
    ) async throws -> Bool {
        do {
            _ = try await house.slide(requester ?? alice, body, pos: pos)
            return false
        } catch let error as MatrixError {
            #expect(error.code == .unknownPosition && error.status == 400)
            return true
        }
    }

    @Test("a lost answer is given again, also when the question has changed")
    func repeating() async throws {
        let room = try await house.room(by: alice)
        let first = try await house.slide(alice)
        try await house.say("1", in: room, by: alice)
        #expect(try await house.slide(alice, pos: first.pos).told(room)?.talk == ["1"])
        try await house.say("2", in: room, by: alice)
        let again = try await house.slide(alice, pos: first.pos)
        #expect(again.told(room)?.talk == ["1", "2"])
        #expect(try await house.slide(alice, pos: again.pos).told(room) == nil)
    }

    @Test("from the answer that a client has it can ask as often as it likes")
    func repeatingOften() async throws {
        let room = try await house.room(by: alice)
        let first = try await house.slide(alice)
        var last = first
        for number in 1...6 {
            try await house.say("\(number)", in: room, by: alice)
            last = try await house.slide(alice, pos: first.pos)
            #expect(last.told(room)?.talk == (1...number).map { "\($0)" })
        }
        #expect(try await house.slide(alice, pos: last.pos).told(room) == nil)
        #expect(try await isUnknown(first.pos), "it was passed")
    }

    @Test("members of a lost answer are told again")
    func repeatingMembers() async throws {
        let room = try await house.room(by: alice)
        try await house.join(room, bob)
        let body = SlidingBody {
            $0.state = #"[["m.room.member","$LAZY"]]"#
            $0.limit = 1
        }
        try await house.say("0", in: room, by: alice)
        let first = try await house.slide(alice, body.text)
        try await house.say("1", in: room, by: bob)
        let lost = try await house.slide(alice, body.text, pos: first.pos)
        #expect(lost.told(room)?.requiredState == ["m.room.member|@bob:example.org"])
        let again = try await house.slide(alice, body.text, pos: first.pos)
        #expect(again.told(room)?.requiredState == ["m.room.member|@bob:example.org"])
    }

    @Test("a position that was passed, that another device has or that is no position is unknown")
    func unknownPositions() async throws {
        _ = try await house.room(by: alice)
        let first = try await house.slide(alice)
        let second = try await house.slide(alice, pos: first.pos)
        _ = try await house.slide(alice, pos: second.pos)
        #expect(try await isUnknown(first.pos))
        #expect(try await isUnknown(second.pos, by: bob))
        #expect(try await isUnknown(second.pos, by: house.person("alice", device: "tablet")))
        #expect(try await isUnknown(second.pos, SlidingBody { $0.connection = "other" }.text))
        for word in ["x", "s1_2", "s1_2_3_4_5", "s_1_2_3", "s1_1000_1000_1", "s99999999999999999999_1_1_1", "t5"] {
            #expect(try await isUnknown(word))
        }
    }

    @Test("connections of one device do not disturb each other; without pos one begins anew")
    func sideBySide() async throws {
        let room = try await house.room(by: alice)
        let one = try await house.slide(alice)
        let other = SlidingBody { $0.connection = "other" }
        let two = try await house.slide(alice, other.text)
        try await house.say("hello", in: room, by: alice)
        #expect(try await house.slide(alice, pos: one.pos).told(room)?.talk == ["hello"])
        #expect(try await house.slide(alice, other.text, pos: two.pos).told(room)?.talk == ["hello"])
        let anew = try await house.slide(alice)
        #expect(anew.told(room)?["initial"]?.bool == true)
        #expect(try await isUnknown(one.pos))
    }

    @Test("after a restart the client is told to begin anew")
    func restart() async throws {
        _ = try await house.room(by: alice)
        let first = try await house.slide(alice)
        let engine = try await house.restarted()
        await #expect(throws: MatrixError.unknownPosition()) {
            try await house.slide(alice, pos: first.pos, on: engine)
        }
        #expect(try await house.slide(alice, on: engine).tellsOfRooms.count == 1)
    }

    @Test("a device that signed out leaves nothing behind")
    func signingOut() async throws {
        _ = try await house.room(by: alice)
        let first = try await house.slide(alice)
        house.sync.forgetConnections(of: alice.number, device: alice.device)
        #expect(house.sync.sliding.connections.count == 0)
        #expect(try await isUnknown(first.pos))
    }

    @Test("nobody can make the server remember without end")
    func bounds() async throws {
        _ = try await house.room(by: alice)
        for number in 0..<(SlidingConnections.mostPerDevice * 3) {
            _ = try await house.slide(alice, SlidingBody { $0.connection = "c\(number)" }.text)
        }
        #expect(house.sync.sliding.connections.count == SlidingConnections.mostPerDevice)
        let small = SlidingConnections(capacity: 200)
        for number in 0..<50 {
            var state = SlidingState(answer: small.nextAnswer(), mark: StreamMark(position: 1, serial: 1))
            for room in 0..<10 { state.rooms[Int64(room)] = SentRoom(membership: .join, position: 1) }
            small.keep(state, of: SlidingConnections.Key(user: Int64(number), device: "d", name: ""))
        }
        #expect(small.count < 15)
    }

    @Test("the beginning of pos is a token for the history")
    func posForMessages() async throws {
        let room = try await house.room(by: alice)
        try await house.say("hello", in: room, by: alice)
        let answer = try await house.slide(alice)
        #expect(try HistoryToken(parsing: answer.pos).position > 0)
    }

    // MARK: Waiting

    @Test("a call with nothing to tell waits until there is something")
    func waiting() async throws {
        let room = try await house.room(by: alice)
        let first = try await house.slide(alice)
        async let answer = house.slide(alice, pos: first.pos, timeout: 60_000)
        while house.hub.waiting == 0 { await Task.yield() }
        try await house.say("wake up", in: room, by: alice)
        #expect(try await answer.told(room)?.talk == ["wake up"])
    }

    @Test("what lies outside of the windows does not wake a client")
    func sleepingOn() async throws {
        let (one, other) = (try await house.room(by: alice), try await house.room(by: alice))
        var body = SlidingBody { $0.ranges = "null" }
        body.ranges = nil
        body.subscriptions[one.rawValue] = SlidingBody.detail(limit: 5)
        let text = body.text
        let first = try await house.slide(alice, text)
        async let answer = house.slide(alice, text, pos: first.pos, timeout: 60_000)
        while house.hub.waiting == 0 { await Task.yield() }
        try await house.say("elsewhere", in: other, by: alice)
        try await house.say("here", in: one, by: alice)
        let told = try await answer
        #expect(told.tellsOfRooms == [one.rawValue])
    }

    @Test("time that runs out gives an empty answer that can be gone on from")
    func timingOut() async throws {
        let room = try await house.room(by: alice)
        let first = try await house.slide(alice)
        async let waiting = house.slide(alice, pos: first.pos, timeout: 1_000)
        while house.hub.waiting == 0 { await Task.yield() }
        house.clock.advance(2_000)
        house.hub.tick(now: house.clock.now)
        let empty = try await waiting
        #expect(empty.tellsOfRooms.isEmpty && empty.count() == 1 && empty.pos != first.pos)
        try await house.say("later", in: room, by: alice)
        #expect(try await house.slide(alice, pos: empty.pos).told(room)?.talk == ["later"])
    }

    // MARK: Extensions

    @Test("typing begins and ends")
    func typing() async throws {
        let room = try await house.room(by: alice)
        try await house.join(room, bob)
        let first = try await house.slide(alice)
        let (number, joined) = try await house.rooms.reads.joinedNumbers(in: room, by: bob)
        house.hub.setTyping(bob.number, in: number, until: house.now + 1_000_000, wake: joined)
        let second = try await house.slide(alice, pos: first.pos)
        let typists = second["extensions"]?["typing"]?["rooms"]?[room.rawValue]?["content"]?["user_ids"]
        #expect(typists.list.compactMap(\.string) == ["@bob:example.org"])
        house.hub.setTyping(bob.number, in: number, until: nil, wake: joined)
        let third = try await house.slide(alice, pos: second.pos)
        #expect(third["extensions"]?["typing"]?["rooms"]?[room.rawValue]?["content"]?["user_ids"]?.count == 0)
        #expect(third["extensions"]?["typing"]?["rooms"]?[room.rawValue]?["type"]?.string == "m.typing")
    }

    @Test("receipts come for one's own and for the events that are shown, and then as they change")
    func receipts() async throws {
        let room = try await house.room(by: alice)
        try await house.join(room, bob)
        let old = try await house.say("old", in: room, by: alice)
        try await house.read(old, in: room, by: bob)
        let new = try await house.say("new", in: room, by: alice)
        var body = SlidingBody { $0.limit = 1 }
        let first = try await house.slide(alice, body.text)
        #expect(first["extensions"]?["receipts"] == nil)
        body.limit = 2
        let second = try await house.slide(alice, body.text, pos: first.pos)
        let receipts = { (answer: JSON) in answer["extensions"]?["receipts"]?["rooms"]?[room.rawValue]?["content"] }
        #expect(receipts(second)?[old.rawValue]?["m.read"]?["@bob:example.org"] != nil)
        try await house.read(new, in: room, by: bob)
        let third = try await house.slide(alice, body.text, pos: second.pos)
        #expect(receipts(third)?[new.rawValue]?["m.read"]?["@bob:example.org"]?["ts"]?.int != nil)
        try await house.read(new, in: room, by: bob, .privateRead)
        #expect(receipts(try await house.slide(alice, body.text, pos: third.pos)) == nil, "private ones are nobody's business")
    }

    @Test("account data comes for everything and for the rooms in reach")
    func accountData() async throws {
        let (near, far) = (try await house.room(by: alice), try await house.room(by: alice))
        try await house.keep("org.example.global", #"{"n":1}"#, by: alice)
        for room in [near, far] { try await house.keep("org.example.room", #"{"n":1}"#, in: room, by: alice) }
        try await house.say("up", in: near, by: alice)
        var body = SlidingBody { $0.ranges = "[[0,0]]" }
        let first = try await house.slide(alice, body.text)
        let data = { (answer: JSON) in answer["extensions"]?["account_data"] }
        #expect(data(first)?["global"].list.map(\.type).contains("org.example.global") == true)
        #expect(data(first)?["rooms"].members.map(\.key) == [near.rawValue])
        try await house.keep("org.example.room", #"{"n":2}"#, in: far, by: alice)
        let second = try await house.slide(alice, body.text, pos: first.pos)
        #expect(data(second) == nil)
        body.ranges = "[[0,9]]"
        let third = try await house.slide(alice, body.text, pos: second.pos)
        #expect(data(third)?["rooms"].members.map(\.key) == [far.rawValue] && data(third)?["global"]?.count == 0)
    }

    @Test("extensions can be had for some lists and some rooms only")
    func scopes() async throws {
        let (one, other) = (try await house.room(by: alice), try await house.room(by: alice))
        for room in [one, other] { try await house.keep("org.example.room", "{}", in: room, by: alice) }
        let told = { (scope: String) async throws -> Set<String> in
            let body = SlidingBody {
                $0.subscriptions[one.rawValue] = SlidingBody.detail(limit: 1)
                $0.extensions = #"{"account_data":{"enabled":true\#(scope)}}"#
            }
            let answer = try await house.slide(alice, body.text)
            return Set((answer["extensions"]?["account_data"]?["rooms"]).members.map(\.key))
        }
        #expect(try await told("") == [one.rawValue, other.rawValue])
        #expect(try await told(#","lists":[],"rooms":["*"]"#) == [one.rawValue])
        #expect(try await told(#","lists":["other"],"rooms":[]"#) == [])
        #expect(try await told(#","lists":["*"],"rooms":[]"#) == [one.rawValue, other.rawValue])
        #expect(try await told(#","lists":[],"rooms":["\#(other.rawValue)"]"#) == [])
    }
}
