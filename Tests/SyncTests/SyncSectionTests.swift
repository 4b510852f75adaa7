import Audit
import Matrix
import Rooms
import TestHouse
import Testing

@testable import Sync

@Suite("GET /sync, sections")
struct SyncSectionTests {
    @Test("a first answer has every room with its state and the end of its timeline")
    func first() async throws {
        let house = try SyncHouse()
        let (alice, bob) = (try await house.person("alice"), try await house.person("bob"))
        let room = try await house.room(by: alice) { $0.name = "Garden" }
        try await house.join(room, bob)
        for number in 1...15 { try await house.say("\(number)", in: room, by: alice) }
        let answer = try await house.answer(bob, filter: #"{"room":{"timeline":{"limit":5}}}"#)
        let found = try #require(answer.room(room))
        #expect(found.bodies == ["11", "12", "13", "14", "15"] && found.isLimited)
        #expect(Set(found.events("state").map(\.type)).isSuperset(of: ["m.room.create", "m.room.name", "m.room.member"]))
        #expect(found["summary"]?["m.joined_member_count"]?.int == 2)
        #expect(found["summary"]?["m.heroes"] == nil)
        try await house.set("m.room.name", "{}", in: room, by: alice)
        let nameless = try #require(try await house.answer(bob, since: answer.token).room(room))
        #expect(nameless["summary"]?["m.heroes"]?[0]?.string == "@alice:example.org")
        #expect(found["unread_notifications"]?["notification_count"]?.int == 15)
        #expect(
            answer["device_one_time_keys_count"]?["signed_curve25519"]?.int == 0
                && answer["device_unused_fallback_key_types"]?.kind == .array)
        // The token leads `/messages` to what comes before.
        let page = try #require(found["timeline"]?["prev_batch"]?.string)
        let before = try await house.rooms.reads.messages(
            MessagesWish(from: HistoryToken(parsing: page), to: nil, .backwards, limit: 2), in: room, by: bob, at: house.now)
        #expect(try before.chunk.map { try $0.event.content["body"]?.string } == ["10", "9"])
    }

    @Test("a further answer has what is new and nothing else")
    func further() async throws {
        let house = try SyncHouse()
        let (alice, bob) = (try await house.person("alice"), try await house.person("bob"))
        let room = try await house.room(by: alice)
        let quiet = try await house.room(by: alice)
        try await house.join(room, bob)
        try await house.join(quiet, bob)
        let token = try await house.token(bob)
        try await house.say("new", in: room, by: alice)
        let answer = try await house.answer(bob, since: token)
        let found = try #require(answer.room(room))
        #expect(found.bodies == ["new"] && !found.isLimited && found.events("state").isEmpty)
        #expect(found["unread_notifications"]?["notification_count"]?.int == 1)
        #expect(answer.room(quiet) == nil)
        #expect(try await house.answer(bob, since: answer.token).tellsOfNoRoom)
    }

    @Test("a gap is told as limited, with the state that changed in it")
    func gap() async throws {
        let house = try SyncHouse()
        let alice = try await house.person("alice")
        let room = try await house.room(by: alice)
        let token = try await house.token(alice)
        try await house.set("m.room.topic", #"{"topic":"in the gap"}"#, in: room, by: alice)
        for number in 1...12 { try await house.say("\(number)", in: room, by: alice) }
        try await house.set("m.room.name", #"{"name":"in the timeline"}"#, in: room, by: alice)
        let found = try #require(try await house.answer(alice, since: token).room(room))
        #expect(found.isLimited && found.timeline.count == 10)
        #expect(found.events("state").map(\.type) == ["m.room.topic"])
        let after = try #require(try await house.answer(alice, since: token) { $0.usesStateAfter = true }.room(room))
        #expect(Set(after.events("state_after").map(\.type)) == ["m.room.topic", "m.room.name"] && after["state"] == nil)
    }

    @Test("state is that of the start of the timeline")
    func stateAtStart() async throws {
        let house = try SyncHouse()
        let alice = try await house.person("alice")
        let room = try await house.room(by: alice)
        try await house.set("m.room.topic", #"{"topic":"old"}"#, in: room, by: alice)
        for number in 1...3 { try await house.say("\(number)", in: room, by: alice) }
        try await house.set("m.room.topic", #"{"topic":"new"}"#, in: room, by: alice)
        let found = try #require(try await house.answer(alice, filter: #"{"room":{"timeline":{"limit":2}}}"#).room(room))
        #expect(found.events("state").first { $0.type == "m.room.topic" }?["content"]?["topic"]?.string == "old")
        let after = try #require(
            try await house.answer(alice, filter: #"{"room":{"timeline":{"limit":2}}}"#) { $0.usesStateAfter = true }.room(room))
        #expect(after.events("state_after").first { $0.type == "m.room.topic" }?["content"]?["topic"]?.string == "new")
    }

    @Test("full_state repeats the state of every room, and only what is new of the timeline")
    func fullState() async throws {
        let house = try SyncHouse()
        let alice = try await house.person("alice")
        let room = try await house.room(by: alice) { $0.name = "Garden" }
        let token = try await house.token(alice)
        let found = try #require(try await house.answer(alice, since: token) { $0.wantsFullState = true }.room(room))
        #expect(found.timeline.isEmpty && !found.isLimited)
        #expect(found.events("state").contains { $0.type == "m.room.name" })
    }

    @Test("an invitation shows stripped state as of itself, and none from ignored people")
    func invitation() async throws {
        let house = try SyncHouse()
        let (alice, bob, mallory) = (
            try await house.person("alice"), try await house.person("bob"), try await house.person("mallory")
        )
        let token = try await house.token(bob)
        let room = try await house.room(by: alice) { $0.name = "Before" }
        try await house.invite(bob, to: room, by: alice)
        try await house.set("m.room.name", #"{"name":"After"}"#, in: room, by: alice)
        let answer = try await house.answer(bob, since: token)
        let events = try #require(answer.room(room, "invite")).events("invite_state")
        #expect(events.contains { $0.type == "m.room.create" })
        #expect(events.first { $0.type == "m.room.name" }?["content"]?["name"]?.string == "Before")
        #expect(events.allSatisfy { Set($0.members.map(\.key)) == ["type", "state_key", "sender", "content"] })
        #expect(try await house.answer(bob, since: answer.token).tellsOfNoRoom)
        try await house.ignore(mallory, by: bob)
        let trap = try await house.room(by: mallory)
        try await house.invite(bob, to: trap, by: mallory)
        #expect(try await house.answer(bob, since: answer.token).room(trap, "invite") == nil)
        #expect(try await house.answer(bob).room(trap, "invite") == nil)
    }

    @Test("somebody who is removed is told once, up to the removal")
    func removal() async throws {
        let house = try SyncHouse()
        let (alice, bob) = (try await house.person("alice"), try await house.person("bob"))
        let room = try await house.room(by: alice)
        try await house.join(room, bob)
        let token = try await house.token(bob)
        try await house.say("seen", in: room, by: alice)
        try await house.rooms.ban(bob.user, from: room, reason: nil, by: alice, at: house.now)
        try await house.say("unseen", in: room, by: alice)
        try await house.set("m.room.topic", #"{"topic":"unseen"}"#, in: room, by: alice)
        let answer = try await house.answer(bob, since: token)
        let found = try #require(answer.room(room, "leave"))
        #expect(found.bodies == ["seen"] && found.timeline.last?["content"]?["membership"]?.string == "ban")
        #expect(!found.events("state").contains { $0.type == "m.room.topic" } && answer.room(room) == nil)
        #expect(try await house.answer(bob, since: answer.token).tellsOfNoRoom)
        #expect(try await house.answer(bob).tellsOfNoRoom)
        let left = try await house.answer(bob, filter: #"{"room":{"include_leave":true}}"#)
        #expect(left.room(room, "leave")?.bodies == ["seen"])
        try await house.rooms.forget(room, by: bob, at: house.now)
        #expect(try await house.answer(bob, filter: #"{"room":{"include_leave":true}}"#).tellsOfNoRoom)
    }

    @Test("a room that was joined comes with all its state, and is limited")
    func joining() async throws {
        let house = try SyncHouse()
        let (alice, bob) = (try await house.person("alice"), try await house.person("bob"))
        let room = try await house.room(by: alice) { $0.name = "Garden" }
        for number in 1...20 { try await house.say("\(number)", in: room, by: alice) }
        let token = try await house.token(bob)
        try await house.join(room, bob)
        let found = try #require(try await house.answer(bob, since: token).room(room))
        #expect(found.isLimited && found.bodies.last == "20")
        #expect(found.events("state").contains { $0.type == "m.room.name" })
        #expect(found.timeline.last?["state_key"]?.string == bob.user.rawValue)
    }

    @Test("what came before somebody joined stays hidden where the room wants it so")
    func hiddenHistory() async throws {
        let house = try SyncHouse()
        let (alice, bob) = (try await house.person("alice"), try await house.person("bob"))
        let room = try await house.room(by: alice)
        try await house.set("m.room.history_visibility", #"{"history_visibility":"joined"}"#, in: room, by: alice)
        try await house.say("hidden", in: room, by: alice)
        let token = try await house.token(bob)
        try await house.join(room, bob)
        try await house.say("open", in: room, by: alice)
        for answer in [try await house.answer(bob, since: token), try await house.answer(bob)] {
            #expect(try #require(answer.room(room)).bodies == ["open"])
        }
    }

    @Test("a knock is told to who knocked")
    func knock() async throws {
        let house = try SyncHouse()
        let (alice, bob) = (try await house.person("alice"), try await house.person("bob"))
        let room = try await house.room(by: alice)
        try await house.set("m.room.join_rules", #"{"join_rule":"knock"}"#, in: room, by: alice)
        let token = try await house.token(bob)
        try await house.rooms.knock(at: room, profile: SyncHouse.profile(bob), reason: "let me in", by: bob, at: house.now)
        let answer = try await house.answer(bob, since: token)
        let events = try #require(answer.room(room, "knock")).events("knock_state")
        #expect(events.contains { $0.type == "m.room.create" } && events.last?["content"]?["membership"]?.string == "knock")
    }

    @Test("messages of ignored people are left out, their state is not")
    func ignoring() async throws {
        let house = try SyncHouse()
        let (alice, mallory) = (try await house.person("alice"), try await house.person("mallory"))
        let room = try await house.room(by: alice)
        try await house.join(room, mallory)
        try await house.ignore(mallory, by: alice)
        let token = try await house.token(alice)
        try await house.say("spam", in: room, by: mallory)
        try await house.leave(room, mallory)
        let found = try #require(try await house.answer(alice, since: token).room(room))
        #expect(found.bodies.isEmpty && found.timeline.map(\.type) == ["m.room.member"])
    }

    @Test("the sending device is told its transaction ID, and no other device")
    func transactions() async throws {
        let house = try SyncHouse()
        let (phone, laptop) = (try await house.person("alice"), try await house.person("alice", device: "laptop"))
        let room = try await house.room(by: phone)
        let token = try await house.token(phone)
        try await house.say("hi", in: room, by: phone, transaction: "m1")
        let mine = try #require(try await house.answer(phone, since: token).room(room)?.timeline.last)
        let other = try #require(try await house.answer(laptop, since: token).room(room)?.timeline.last)
        #expect(mine["unsigned"]?["transaction_id"]?.string == "m1" && other["unsigned"]?["transaction_id"] == nil)
        #expect(mine["unsigned"]?["membership"]?.string == "join" && mine["unsigned"]?["age"]?.int != nil)
    }

    @Test("the federation format and event_fields are obeyed")
    func formats() async throws {
        let house = try SyncHouse()
        let alice = try await house.person("alice")
        let room = try await house.room(by: alice)
        let token = try await house.token(alice)
        try await house.say("hi", in: room, by: alice)
        let raw = try #require(
            try await house.answer(alice, since: token, filter: #"{"event_format":"federation"}"#).room(room)?.timeline.last)
        #expect(raw["hashes"] != nil && raw["signatures"] != nil && raw["event_id"] == nil)
        let fields = try #require(
            try await house.answer(alice, since: token, filter: #"{"event_fields":["content.body"]}"#).room(room)?.timeline.last)
        #expect(String(decoding: fields.raw, as: UTF8.self) == #"{"content":{"body":"hi"}}"#)
    }

    @Test("an old token leads to everything since, also after a restart")
    func oldToken() async throws {
        let house = try SyncHouse()
        let (alice, bob) = (try await house.person("alice"), try await house.person("bob"))
        let room = try await house.room(by: alice)
        let quiet = try await house.room(by: alice)
        try await house.join(room, bob)
        try await house.join(quiet, bob)
        let token = try await house.token(bob)
        try await house.say("missed", in: room, by: alice)
        let event = try await house.say("read", in: quiet, by: alice)
        let between = try await house.token(bob)
        try await house.read(event, in: quiet, by: alice)
        let restarted = try await house.restarted()
        func ask(_ since: String) async throws -> JSON {
            try JSON(
                parsing: try await restarted.sync(
                    SyncRequest(by: bob, since: SyncToken(parsing: since).mark, presence: .offline)))
        }
        #expect(try await ask(token).room(room)?.bodies == ["missed"])
        let later = try await ask(between)
        #expect(later.room(room) == nil && later.room(quiet)?.events("ephemeral").count == 1)
    }

    @Test("when an answer is full, the rooms that are left come with a gap that can be read backwards")
    func fullAnswers() async throws {
        let house = try SyncHouse()
        let alice = try await house.person("alice")
        var rooms: [RoomID] = []
        for _ in 0..<8 {
            let room = try await house.room(by: alice)
            for number in 0..<4 { try await house.say("\(number)" + String(repeating: "x", count: 700), in: room, by: alice) }
            rooms.append(room)
        }
        var limits = SyncEngine.Limits()
        limits.largestAnswer = 12_000
        let filter = #"{"room":{"timeline":{"types":["m.room.message"]},"state":{"types":[]}}}"#
        let usual = try await house.answer(alice, filter: filter)
        #expect(rooms.allSatisfy { usual.room($0)?.bodies.count == 4 && usual.room($0)?.isLimited == false })
        let full = try await house.answer(alice, filter: filter, on: house.engine(limits))
        let parts = try rooms.map { try #require(full.room($0)) }
        #expect(parts[0].bodies.count == 4 && !parts[0].isLimited)
        #expect(parts[7].bodies.count == 1 && parts[7].bodies[0].hasPrefix("3") && parts[7].isLimited)
        #expect(parts.allSatisfy { $0.bodies.count == 4 || $0.isLimited })
        let from = try HistoryToken(parsing: try #require(parts[7]["timeline"]?["prev_batch"]?.string))
        let before = try await house.rooms.reads.messages(
            MessagesWish(from: from, to: nil, .backwards, limit: 3), in: rooms[7], by: alice, at: house.now)
        #expect(try before.chunk.map { try $0.event.content["body"]?.string?.first } == ["2", "1", "0"])
        let next = try await house.answer(alice, since: full.token, filter: filter)
        #expect(next.tellsOfNoRoom)
    }
}
