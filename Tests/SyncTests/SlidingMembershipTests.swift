import Audit
import Matrix
import Rooms
import TestHouse
import Testing

@testable import Sync

@Suite("Sliding sync, coming and going")
struct SlidingMembershipTests {
    private let house: SyncHouse
    private let alice: Requester
    private let bob: Requester

    init() async throws {
        house = try SyncHouse(keepsPresence: false)
        alice = try await house.person("alice")
        bob = try await house.person("bob")
    }

    private func privateRoom() async throws -> RoomID {
        try await house.room(by: alice) {
            $0.preset = .privateChat
            $0.name = "Inside"
        }
    }

    @Test("an invitation shows the room from outside, and then the room")
    func invitations() async throws {
        let room = try await privateRoom()
        try await house.say("secret", in: room, by: alice)
        try await house.invite(bob, to: room, by: alice)
        let first = try await house.slide(bob)
        let part = try #require(first.told(room))
        #expect(part["membership"]?.string == "invite" && part["initial"]?.bool == true)
        #expect(part["timeline"] == nil && part["required_state"] == nil && part["joined_count"] == nil)
        #expect(part["invite_state"].list.map(\.type).contains("m.room.name"))
        #expect(part["invite_state"].list.allSatisfy { $0["event_id"] == nil })
        #expect(try await house.slide(bob, pos: first.pos).told(room) == nil)
        try await house.join(room, bob)
        let second = try await house.slide(bob, pos: first.pos)
        #expect(second.told(room)?["membership"]?.string == "join" && second.told(room)?["initial"]?.bool == true)
        #expect(second.told(room)?["invite_state"] == nil && second.told(room)?["name"]?.string == "Inside")
    }

    @Test("invitations by those who are ignored are not shown, and their messages neither")
    func ignored() async throws {
        let mallory = try await house.person("mallory")
        let trap = try await house.room(by: mallory)
        try await house.invite(bob, to: trap, by: mallory)
        let room = try await house.room(by: alice)
        for person in [bob, mallory] { try await house.join(room, person) }
        try await house.say("spam", in: room, by: mallory)
        try await house.say("hello", in: room, by: alice)
        try await house.ignore(mallory, by: bob)
        let answer = try await house.slide(bob)
        #expect(answer.told(trap) == nil && answer.count() == 1)
        #expect(answer.told(room)?.talk == ["hello"])
        let subscribed = SlidingBody { $0.subscriptions[trap.rawValue] = SlidingBody.detail(limit: 5) }
        #expect(try await house.slide(bob, subscribed.text).told(trap) == nil)
    }

    @Test("a room that was left is told of once more, up to the leaving, and then no more")
    func leaving() async throws {
        let room = try await house.room(by: alice)
        try await house.join(room, bob)
        let first = try await house.slide(bob)
        try await house.say("bye", in: room, by: alice)
        try await house.leave(room, bob)
        try await house.say("he is gone", in: room, by: alice)
        let second = try await house.slide(bob, pos: first.pos)
        let part = try #require(second.told(room))
        #expect(part["membership"]?.string == "leave" && part.talk == ["bye"] && part["initial"] == nil)
        #expect(part.requiredState == ["m.room.member|@bob:example.org"])
        let third = try await house.slide(bob, pos: second.pos)
        #expect(third.tellsOfRooms.isEmpty && third.count() == 0)
        let other = SlidingBody { $0.connection = "other" }
        #expect(try await house.slide(bob, other.text).tellsOfRooms.isEmpty, "a new connection does not hear of it")
        try await house.join(room, bob)
        let back = try await house.slide(bob, pos: third.pos)
        #expect(back.told(room)?["initial"]?.bool == true)
    }

    @Test("who was put out hears of it, also on a new connection, unless he forgot the room")
    func removed() async throws {
        let room = try await house.room(by: alice)
        try await house.join(room, bob)
        try await house.say("before", in: room, by: alice)
        try await house.rooms.kick(bob.user, from: room, reason: nil, by: alice, at: house.now)
        try await house.say("after", in: room, by: alice)
        let first = try await house.slide(bob)
        #expect(first.told(room)?["membership"]?.string == "leave" && first.told(room)?.talk == ["before"])
        #expect(first.told(room)?["initial"]?.bool == true)
        #expect(try await house.slide(bob, pos: first.pos).told(room) == nil)
        try await house.rooms.ban(bob.user, from: room, reason: nil, by: alice, at: house.now)
        let second = try await house.slide(bob, pos: first.pos)
        #expect(second.told(room)?["membership"]?.string == "ban" && second.told(room)?.talk == [])
        try await house.rooms.forget(room, by: bob, at: house.now)
        let third = try await house.slide(bob, pos: second.pos)
        #expect(third.count() == 0)
        #expect(try await house.slide(bob).tellsOfRooms.isEmpty)
    }

    @Test("filters tell nothing of what happened in a room after one left it")
    func filtersAfterLeaving() async throws {
        let room = try await house.room(by: alice) { $0.name = "before" }
        try await house.join(room, bob)
        try await house.leave(room, bob)
        try await house.set("m.room.name", #"{"name":"secret"}"#, in: room, by: alice)
        try await house.set("m.room.encryption", #"{"algorithm":"m.megolm.v1.aes-sha2"}"#, in: room, by: alice)
        try await house.rooms.ban(bob.user, from: room, reason: nil, by: alice, at: house.now)
        for (filter, count) in [
            (#"{"room_name_like":"s"}"#, 0), (#"{"is_encrypted":true}"#, 0), (#"{"room_name_like":"before"}"#, 1),
            (#"{"is_encrypted":false}"#, 1), ("{}", 1),
        ] {
            #expect(try await house.slide(bob, SlidingBody { $0.filters = filter }.text).count() == Int64(count), "\(filter)")
        }
    }

    @Test("an invitation that is taken back leaves its list by what the list knew it by")
    func filteredInvitation() async throws {
        let room = try await privateRoom()
        try await house.invite(bob, to: room, by: alice)
        let body = SlidingBody { $0.filters = #"{"room_name_like":"inside"}"# }
        let first = try await house.slide(bob, body.text)
        #expect(first.tellsOfRooms == [room.rawValue])
        try await house.set("m.room.name", #"{"name":"Elsewhere"}"#, in: room, by: alice)
        try await house.rooms.kick(bob.user, from: room, reason: nil, by: alice, at: house.now)
        #expect(try await house.slide(bob, body.text, pos: first.pos).told(room)?["membership"]?.string == "leave")
    }

    @Test("who was never inside sees nothing of a room but what became of him")
    func neverInside() async throws {
        let room = try await privateRoom()
        try await house.invite(bob, to: room, by: alice)
        let first = try await house.slide(bob)
        try await house.rooms.ban(bob.user, from: room, reason: nil, by: alice, at: house.now)
        let second = try await house.slide(bob, pos: first.pos)
        let part = try #require(second.told(room))
        #expect(part["membership"]?.string == "ban" && part.requiredState == ["m.room.member|@bob:example.org"])
        #expect(part["timeline"].list.count == 1 && part["joined_count"] == nil)
        #expect(try await house.slide(bob).tellsOfRooms.isEmpty)
    }

    @Test("history is shown as far as it may be seen")
    func historyVisibility() async throws {
        let room = try await house.room(by: alice)
        try await house.set("m.room.history_visibility", #"{"history_visibility":"joined"}"#, in: room, by: alice)
        try await house.say("secret", in: room, by: alice)
        try await house.join(room, bob)
        try await house.say("open", in: room, by: alice)
        var body = SlidingBody { $0.limit = 50 }
        let first = try await house.slide(bob, body.text)
        #expect(first.told(room)?.talk == ["open"] && first.told(room)?["limited"]?.bool == true)
        body.limit = 100
        #expect(try await house.slide(bob, body.text, pos: first.pos).told(room)?.talk == ["open"])
    }

    @Test("rooms that one is not in cannot be subscribed to")
    func strangers() async throws {
        let room = try await privateRoom()
        let body = SlidingBody {
            $0.subscriptions = [
                room.rawValue: SlidingBody.detail(limit: 5), "!nowhere:example.org": SlidingBody.detail(limit: 5),
            ]
        }
        #expect(try await house.slide(bob, body.text).tellsOfRooms.isEmpty)
    }

    @Test("a room that was purged takes nobody's connection with it")
    func purged() async throws {
        let (room, kept) = (try await house.room(by: alice), try await house.room(by: alice))
        for one in [room, kept] { try await house.join(one, bob) }
        let first = try await house.slide(bob)
        let later = SlidingBody { $0.connection = "later" }
        let told = try await house.slide(bob, later.text)
        try await house.rooms.purge(room, by: .origin(.server), at: house.now)
        while try await house.rooms.continuePurges(at: house.now) {}
        #expect(try await house.slide(bob, pos: first.pos).told(room)?["membership"]?.string == "leave")
        house.clock.advance(RoomActions.grace)
        while try await house.rooms.continuePurges(at: house.now) {}
        try await house.say("still here", in: kept, by: alice)
        let after = try await house.slide(bob, later.text, pos: told.pos)
        #expect(after.tellsOfRooms == [kept.rawValue])
        #expect(try await house.slide(bob, later.text).tellsOfRooms == [kept.rawValue])
    }
}
