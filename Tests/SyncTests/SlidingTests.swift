import Audit
import Matrix
import Rooms
import TestHouse
import Testing

@testable import Sync

@Suite("Sliding sync")
struct SlidingTests {
    private let house: SyncHouse
    private let alice: Requester
    private let bob: Requester

    init() async throws {
        house = try SyncHouse(keepsPresence: false)
        alice = try await house.person("alice")
        bob = try await house.person("bob")
    }

    private func room(named name: String? = nil, with others: Requester...) async throws -> RoomID {
        let room = try await house.room(by: alice) { $0.name = name }
        for other in others { try await house.join(room, other) }
        return room
    }

    // MARK: Windows

    @Test("a window has the most recently active rooms; growing it brings the others and repeats none")
    func windows() async throws {
        var rooms: [RoomID] = []
        for _ in 0..<5 { rooms.append(try await room()) }
        try await house.say("up", in: rooms[1], by: alice)
        let first = try await house.slide(alice, SlidingBody { $0.ranges = "[[0,1]]" }.text)
        #expect(Set(first.tellsOfRooms) == [rooms[1].rawValue, rooms[4].rawValue])
        #expect(first.count() == 5)
        let second = try await house.slide(alice, SlidingBody { $0.ranges = "[[0,9]]" }.text, pos: first.pos)
        #expect(Set(second.tellsOfRooms) == Set([rooms[0], rooms[2], rooms[3]].map(\.rawValue)))
        #expect(second["rooms"].members.allSatisfy { $0.value["initial"]?.bool == true })
        #expect(try await house.slide(alice, SlidingBody { $0.ranges = "[[0,9]]" }.text, pos: second.pos).tellsOfRooms.isEmpty)
    }

    @Test("without ranges a list has all rooms")
    func withoutRanges() async throws {
        for _ in 0..<3 { _ = try await room() }
        #expect(try await house.slide(alice, SlidingBody { $0.ranges = "null" }.text).tellsOfRooms.count == 3)
    }

    @Test("what happened while a room was outside of the window is told when it comes back, once")
    func outOfTheWindow() async throws {
        let (quiet, busy) = (try await room(), try await room())
        var body = SlidingBody { $0.ranges = "[[0,9]]" }
        let all = try await house.slide(alice, body.text)
        body.ranges = "[[0,0]]"
        try await house.say("1", in: quiet, by: alice)
        try await house.say("2", in: busy, by: alice)
        let narrow = try await house.slide(alice, body.text, pos: all.pos)
        #expect(narrow.told(busy)?.talk == ["2"] && narrow.told(quiet) == nil)
        body.ranges = "[[0,9]]"
        let wide = try await house.slide(alice, body.text, pos: narrow.pos)
        #expect(wide.told(quiet)?.talk == ["1"] && wide.told(busy) == nil)
        #expect(wide.told(quiet)?["initial"] == nil)
        #expect(wide.told(quiet)?["num_live"]?.int == 0, "it is no longer new")
    }

    // MARK: Filters

    @Test(
        "filters choose the rooms of a list",
        arguments: [
            (#"{"is_dm":true}"#, ["direct"]), (#"{"is_dm":false}"#, ["plain", "secret", "space"]),
            (#"{"is_encrypted":true}"#, ["secret"]), (#"{"room_types":["m.space"]}"#, ["space"]),
            (#"{"not_room_types":["m.space"]}"#, ["direct", "plain", "secret"]),
            (#"{"room_types":[null]}"#, ["direct", "plain", "secret"]), (#"{"room_types":[null],"not_room_types":[null]}"#, []),
            (#"{"room_name_like":"LAI"}"#, ["plain"]), (#"{"tags":["m.favourite"]}"#, ["plain"]),
            (#"{"not_tags":["m.favourite"]}"#, ["direct", "secret", "space"]),
            (#"{"tags":["m.favourite"],"not_tags":["m.favourite"]}"#, []), (#"{"spaces":["SPACE"]}"#, ["secret"]),
            (#"{"spaces":["!unknown:example.org"]}"#, []), (#"{"is_invite":true}"#, []),
            (#"{"is_invite":false}"#, ["direct", "plain", "secret", "space"]),
        ])
    func filters(filter: String, expected: [String]) async throws {
        let (plain, direct, secret) = (
            try await room(named: "plain"), try await room(named: "direct"), try await room(named: "secret")
        )
        let space = try await house.room(by: alice) { wish in
            wish.name = "space"
            wish.creationContent = ["type": .string("m.space")]
        }
        try await house.set("m.room.encryption", #"{"algorithm":"m.megolm.v1.aes-sha2"}"#, in: secret, by: alice)
        try await house.set("m.space.child", #"{"via":["example.org"]}"#, key: secret.rawValue, in: space, by: alice)
        try await house.set("m.space.child", "{}", key: plain.rawValue, in: space, by: alice)
        try await house.keep("m.direct", #"{"@bob:example.org":["\#(direct.rawValue)"]}"#, by: alice)
        try await house.sync.tags.put(
            "m.favourite", try JSON(parsing: Array("{}".utf8)), on: plain, by: alice, at: house.now)
        let body = SlidingBody { $0.filters = filter.replacing("SPACE", with: space.rawValue) }
        let answer = try await house.slide(alice, body.text)
        #expect(answer["rooms"].members.compactMap { $0.value["name"]?.string }.sorted() == expected)
        #expect(answer.count() == Int64(expected.count))
    }

    // MARK: Details of rooms

    @Test("a room is described once, and then by what changed")
    func description() async throws {
        let room = try await room(named: "Garden", with: bob)
        let first = try #require(try await house.slide(alice).told(room))
        #expect(first["name"]?.string == "Garden" && first["heroes"] == nil)
        #expect(first["joined_count"]?.int == 2 && first["invited_count"]?.int == 0)
        #expect(first["membership"]?.string == "join" && first["lists"].list.compactMap(\.string) == ["all"])
        let start = try await house.slide(alice)
        try await house.say("hello", in: room, by: bob)
        let message = try await house.slide(alice, pos: start.pos)
        let part = try #require(message.told(room))
        #expect(part["name"] == nil && part["joined_count"] == nil && part["initial"] == nil)
        #expect(part.talk == ["hello"] && part["num_live"]?.int == 1 && part["limited"]?.bool == false)
        #expect(part["notification_count"]?.int == 1)
        try await house.set("m.room.name", "{}", in: room, by: alice)
        let unnamed = try #require(try await house.slide(alice, pos: message.pos).told(room))
        #expect(unnamed["name"]?.isNull == true)
        #expect(unnamed["heroes"].list.compactMap { $0["user_id"]?.string } == ["@bob:example.org"])
        #expect(unnamed["heroes"].list.compactMap { $0["displayname"]?.string } == ["Bob"])
    }

    @Test("the bump stamp moves with talk, not with members")
    func bumps() async throws {
        let room = try await room()
        let first = try await house.slide(alice)
        try await house.join(room, bob)
        let joined = try await house.slide(alice, pos: first.pos)
        #expect(joined.told(room)?["bump_stamp"]?.int == first.told(room)?["bump_stamp"]?.int)
        try await house.say("hello", in: room, by: bob)
        let talk = try await house.slide(alice, pos: joined.pos)
        #expect(talk.told(room)?["bump_stamp"]?.int ?? 0 > joined.told(room)?["bump_stamp"]?.int ?? 0)
    }

    @Test("a larger timeline brings the last events again, marked as expanded")
    func expanding() async throws {
        let room = try await room()
        for number in 1...6 { try await house.say("\(number)", in: room, by: alice) }
        var body = SlidingBody { $0.limit = 1 }
        let first = try await house.slide(alice, body.text)
        #expect(first.told(room)?.talk == ["6"] && first.told(room)?["limited"]?.bool == true)
        body.subscriptions[room.rawValue] = SlidingBody.detail(limit: 4)
        let second = try await house.slide(alice, body.text, pos: first.pos)
        #expect(second.told(room)?.talk == ["3", "4", "5", "6"])
        #expect(second.told(room)?["unstable_expanded_timeline"]?.bool == true && second.told(room)?["initial"] == nil)
        body.subscriptions = [:]
        let third = try await house.slide(alice, body.text, pos: second.pos)
        body.subscriptions[room.rawValue] = SlidingBody.detail(limit: 4)
        #expect(try await house.slide(alice, body.text, pos: third.pos).told(room) == nil, "they are known already")
    }

    @Test("more state that is wanted comes at once, and only that")
    func moreState() async throws {
        let room = try await room(named: "Garden")
        var body = SlidingBody { $0.state = #"[["m.room.name",""]]"# }
        let first = try await house.slide(alice, body.text)
        #expect(first.told(room)?.requiredState == ["m.room.name|"])
        body.state = #"[["m.room.name",""],["m.room.create",""],["m.room.member","$ME"]]"#
        let second = try await house.slide(alice, body.text, pos: first.pos)
        #expect(second.told(room)?.requiredState == ["m.room.create|", "m.room.member|@alice:example.org"])
        #expect(try await house.slide(alice, body.text, pos: second.pos).told(room) == nil)
    }

    @Test("members are loaded lazily: those who speak, once, and all changes without a gap")
    func lazyMembers() async throws {
        let carol = try await house.person("carol")
        let room = try await room(with: bob, carol)
        try await house.say("hello", in: room, by: bob)
        let body = SlidingBody {
            $0.state = #"[["m.room.member","$LAZY"]]"#
            $0.limit = 1
        }
        let first = try await house.slide(alice, body.text)
        #expect(first.told(room)?.requiredState == ["m.room.member|@bob:example.org"])
        try await house.say("again", in: room, by: bob)
        let second = try await house.slide(alice, body.text, pos: first.pos)
        #expect(second.told(room)?.requiredState == [])
        try await house.say("me too", in: room, by: carol)
        let third = try await house.slide(alice, body.text, pos: second.pos)
        #expect(third.told(room)?.requiredState == ["m.room.member|@carol:example.org"])
        try await house.rooms.profileChanged(
            to: MemberProfile(displayname: "Robert", avatarURL: nil), by: bob, at: house.now)
        #expect(
            try await house.slide(alice, body.text, pos: third.pos).told(room)?.requiredState == [
                "m.room.member|@bob:example.org"
            ])
    }

    @Test("a receipt of one's own on another device takes the unread count away")
    func readElsewhere() async throws {
        let room = try await room(with: bob)
        let event = try await house.say("hello", in: room, by: bob)
        let body = SlidingBody { $0.extensions = "{}" }
        let first = try await house.slide(alice, body.text)
        #expect(first.told(room)?["notification_count"]?.int == 1)
        try await house.read(event, in: room, by: alice, .privateRead)
        let second = try await house.slide(alice, body.text, pos: first.pos)
        #expect(second.told(room)?["notification_count"]?.int == 0 && second.told(room)?["timeline"] == nil)
    }

    @Test("a room becomes a direct message and ceases to be one")
    func directMessages() async throws {
        let room = try await room()
        let first = try await house.slide(alice)
        #expect(first.told(room)?["is_dm"] == nil)
        try await house.keep("m.direct", #"{"@bob:example.org":["\#(room.rawValue)"]}"#, by: alice)
        let second = try await house.slide(alice, pos: first.pos)
        #expect(second.told(room)?["is_dm"]?.bool == true)
        try await house.keep("m.direct", "{}", by: alice)
        #expect(try await house.slide(alice, pos: second.pos).told(room)?["is_dm"]?.bool == false)
    }
}
