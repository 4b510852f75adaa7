import Audit
import Matrix
import Rooms
import Storage
import TestHouse
import Testing

@testable import Sync

@Suite("Sliding sync, limits", .timeLimit(.minutes(5)))
struct SlidingLimitTests {
    private let house: SyncHouse
    private let alice: Requester
    private let bob: Requester

    init() async throws {
        house = try SyncHouse(keepsPresence: false)
        alice = try await house.person("alice")
        bob = try await house.person("bob")
    }

    private static func state(_ types: [String]) -> String {
        "[" + types.map { #"["\#($0)",""]"# }.joined(separator: ",") + "]"
    }

    // MARK: Size of answers

    @Test("rooms for which an answer has no room come with the next ones, at once and once each")
    func fullAnswers() async throws {
        var rooms: [String] = []
        for _ in 0..<6 {
            let room = try await house.room(by: alice)
            for number in 0..<5 { try await house.say("\(number)" + String(repeating: "x", count: 400), in: room, by: alice) }
            rooms.append(room.rawValue)
        }
        var limits = SyncEngine.Limits()
        limits.largestAnswer = 5_000
        let engine = house.engine(limits)
        let body = SlidingBody { $0.state = "[]" }
        var answer = try await house.slide(alice, body.text, on: engine)
        var told = answer.tellsOfRooms
        #expect((1..<6).contains(told.count) && answer.count() == 6)
        while told.count < 6 {
            // A call that waited would wait for ever: nothing happens any more.
            let more = try await house.slide(alice, body.text, pos: answer.pos, timeout: 60_000, on: engine)
            let rooms = more["rooms"].members
            #expect(!rooms.isEmpty && rooms.allSatisfy { $0.value["initial"]?.bool == true && $0.value.talk.count == 5 })
            told += more.tellsOfRooms
            answer = more
            guard !rooms.isEmpty else { break }
        }
        #expect(told.sorted() == rooms.sorted())
        #expect(try await house.slide(alice, body.text, pos: answer.pos, on: engine).tellsOfRooms.isEmpty)
        let room = try RoomID(parsing: rooms[0])
        try await house.say("news", in: room, by: alice)
        #expect(try await house.slide(alice, body.text, pos: answer.pos, on: engine).told(room)?.talk == ["news"])
    }

    @Test("of a room at most the last hundred events come")
    func longTimelines() async throws {
        let room = try await house.room(by: alice)
        for number in 0..<110 { try await house.say("\(number)", in: room, by: alice) }
        let body = SlidingBody { $0.limit = 1_000_000 }
        let first = try await house.slide(alice, body.text)
        #expect(first.told(room)?.talk == (10..<110).map { "\($0)" } && first.told(room)?["limited"]?.bool == true)
        #expect(try await house.slide(alice, body.text, pos: first.pos).told(room) == nil)
    }

    // MARK: Filters

    @Test("whatever number of lists ask, each room's state is read once for an answer")
    func factsOnce() async throws {
        let kept = try await house.room(by: alice) { $0.name = "kept" }
        try await house.invite(bob, to: kept, by: alice)
        let left = try await house.room(by: alice) { $0.name = "left" }
        try await house.join(left, bob)
        try await house.rooms.kick(bob.user, from: left, reason: nil, by: alice, at: house.now)
        let lists = ["a": "kept", "b": "left", "c": "other"].map {
            #""\#($0.key)":{"timeline_limit":1,"required_state":[],"filters":{"room_name_like":"\#($0.value)"}}"#
        }
        let body = try JSON(parsing: Array(#"{"lists":{\#(lists.joined(separator: ","))}}"#.utf8))
        let request = try SlidingRequest(body, by: bob)
        try await house.store.read { [house, bob] tx throws in
            let engine = house.sync
            let base = try SyncPass(
                engine: engine, request: SyncRequest(by: bob), since: nil, news: nil, now: 1, endsWithHub: true, tx)
            let key = SlidingConnections.Key(user: bob.number, device: bob.device, name: "")
            var pass = try SlidingPass(base, request, key: key, answer: 1, from: nil, rows: nil)
            #expect(try pass.answer().state.counts == ["a": 1, "b": 1, "c": 0])
            #expect(pass.facts.count == 2)
            // What is remembered is what the lists look at.
            pass.facts = pass.facts.mapValues { _ in RoomFacts(name: "other") }
            #expect(try pass.answer().state.counts == ["a": 0, "b": 0, "c": 2])
        }
    }

    // MARK: Wishes for state

    @Test("many types of state can be wanted, and each comes")
    func manyTypes() async throws {
        let room = try await house.room(by: alice) { $0.name = "Garden" }
        let types = (0..<130).map { "m.made.up.\($0)" }
        for type in [types[0], types[70], types[129]] { try await house.set(type, "{}", in: room, by: alice) }
        let body = SlidingBody { $0.state = Self.state(types + ["m.room.name"]) }
        let told = try await house.slide(alice, body.text).told(room)
        #expect(told?.requiredState == ["m.made.up.0|", "m.made.up.129|", "m.made.up.70|", "m.room.name|"])
    }

    @Test("more than a thousand different pairs in one call are refused; the same ones again and again are not")
    func pairs() async throws {
        let room = try await house.room(by: alice)
        func body(_ count: Int, _ prefix: String) -> SlidingBody {
            SlidingBody {
                $0.state = Self.state((0..<600).map { "m.\($0)" })
                $0.subscriptions[room.rawValue] = SlidingBody.detail(
                    limit: 1, state: Self.state((0..<count).map { "\(prefix)\($0)" }))
            }
        }
        #expect(try await house.slide(alice, body(600, "m.").text).tellsOfRooms == [room.rawValue])
        #expect(try await house.slide(alice, body(400, "n.").text).tellsOfRooms == [room.rawValue])
        await #expect {
            try await house.slide(alice, body(401, "n.").text)
        } throws: {
            ($0 as? MatrixError)?.code == .invalidParam
        }
    }

    /// What the server remembers having told of a room's state, in pairs.
    private func remembered(_ answer: JSON) throws -> Int {
        let key = SlidingConnections.Key(user: alice.number, device: alice.device, name: "")
        let token = try SlidingToken(parsing: answer.pos)
        let state = try #require(house.sync.sliding.connections.acknowledge(token, of: key)?.state)
        return state.rooms.values.reduce(0) { max($0, $1.state.wish.count) }
    }

    @Test("a wish that is another one each time does not grow in the server's memory")
    func changingWishes() async throws {
        for _ in 0..<3 { _ = try await house.room(by: alice) }
        var answer = try await house.slide(alice, SlidingBody { $0.state = Self.state(["m.room.name"]) }.text)
        for round in 0..<6 {
            let body = SlidingBody { $0.state = Self.state((0..<300).map { "m.\(round).\($0)" }) }
            answer = try await house.slide(alice, body.text, pos: answer.pos)
            #expect(try remembered(answer) <= 300 + SlidingPass.mostEarlierPairs)
            // Two answers: of each the wish and, once for all rooms, what was told.
            #expect(house.sync.sliding.connections.weight < 2 * (310 + 2 * 400))
        }
    }

    @Test("what was told of a room that is opened again is not told twice, and what changed meanwhile is")
    func openingAgain() async throws {
        let room = try await house.room(by: alice) { $0.name = "Garden" }
        var body = SlidingBody { $0.state = Self.state(["m.room.name"]) }
        var answer = try await house.slide(alice, body.text)
        let open = SlidingBody.detail(limit: 10, state: Self.state(["m.room.create", "m.room.topic"]))
        body.subscriptions = [room.rawValue: open]
        answer = try await house.slide(alice, body.text, pos: answer.pos)
        #expect(answer.told(room)?.requiredState == ["m.room.create|"])
        body.subscriptions = [:]
        answer = try await house.slide(alice, body.text, pos: answer.pos)
        body.subscriptions = [room.rawValue: open]
        answer = try await house.slide(alice, body.text, pos: answer.pos)
        #expect(answer.told(room) == nil)
        body.subscriptions = [:]
        answer = try await house.slide(alice, body.text, pos: answer.pos)
        try await house.set("m.room.topic", #"{"topic":"Roses"}"#, in: room, by: alice)
        answer = try await house.slide(alice, body.text, pos: answer.pos)
        #expect(answer.told(room)?.requiredState == [])
        body.subscriptions = [room.rawValue: open]
        answer = try await house.slide(alice, body.text, pos: answer.pos)
        #expect(answer.told(room)?.requiredState.contains("m.room.topic|") == true)
    }

    @Test("what was told of state counts when it is decided who is forgotten, and nobody drives out all others")
    func weighing() {
        let connections = SlidingConnections(capacity: 4_000)
        func keep(_ user: Int64, rooms: Int, pairs: Int) {
            var state = SlidingState(answer: connections.nextAnswer(), mark: StreamMark(position: 1, serial: 1))
            for room in 0..<rooms {
                var wish = RequiredState()
                for pair in 0..<pairs { wish.insert("m.\(room).\(pair)", "", for: alice.user) }
                state.rooms[Int64(room)] = SentRoom(membership: .join, position: 1, state: ToldState(wish))
            }
            connections.keep(state, of: SlidingConnections.Key(user: user, device: "d", name: ""))
        }
        for user in 1...30 { keep(Int64(user), rooms: 2, pairs: 100) }
        #expect(connections.count < 12 && connections.weight <= 4_000)
        let before = connections.count
        keep(100, rooms: 10, pairs: 100)
        #expect(connections.count == before)
    }
}
