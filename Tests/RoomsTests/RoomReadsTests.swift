import Audit
import Matrix
import Rooms
import Storage
import TestHouse
import Testing

@Suite("Reading rooms")
struct RoomReadsTests {
    @Test("an unknown room and a closed one answer alike")
    func closed() async throws {
        let house = try RoomsHouse()
        let (alice, mallory) = (try await house.person("alice"), try await house.person("mallory"))
        let room = try await house.room(by: alice) { $0.preset = .privateChat }
        let unknown = try RoomID(parsing: "!" + String(repeating: "a", count: 43))
        for target in [room, unknown] {
            await #expect(throws: RoomReadError.notVisible) { try await house.reads.state(of: target, by: mallory, at: 1) }
            await #expect(throws: RoomReadError.notVisible) {
                try await house.reads.members(of: target, MembersWish(), by: mallory, at: 1)
            }
        }
    }

    @Test("who left reads the state as it was, and after forgetting nothing")
    func left() async throws {
        let house = try RoomsHouse()
        let (alice, bob) = (try await house.person("alice"), try await house.person("bob"))
        let room = try await house.room(by: alice) { $0.name = "before" }
        try await house.join(room, bob)
        try await house.rooms.leave(room, reason: nil, by: bob, at: house.now)
        try await house.set("m.room.name", #"{"name":"after"}"#, in: room, by: alice)
        let name = try await house.reads.state("m.room.name", "", of: room, by: bob, at: 1)
        #expect(try name.event.content["name"]?.string == "before")
        let mine = try await house.reads.state("m.room.member", bob.user.rawValue, of: room, by: bob, at: 1)
        #expect(try mine.event.content["membership"]?.string == "leave")
        #expect(
            try await house.reads.state("m.room.name", "", of: room, by: alice, at: 1).event.content["name"]?.string == "after")
        await #expect(throws: RoomReadError.notVisible) { try await house.reads.joinedMembers(of: room, by: bob) }
        try await house.rooms.forget(room, by: bob, at: house.now)
        await #expect(throws: RoomReadError.notVisible) { try await house.reads.state(of: room, by: bob, at: 1) }
    }

    @Test("members are chosen by membership, by what they are not, and as of a moment")
    func members() async throws {
        let house = try RoomsHouse()
        let (alice, bob, mallory) = (
            try await house.person("alice"), try await house.person("bob"), try await house.person("mallory")
        )
        let room = try await house.room(by: alice)
        try await house.join(room, bob)
        let moment = try await house.store.read { try $0.position() }
        try await house.join(room, mallory)
        try await house.rooms.kick(mallory.user, from: room, reason: nil, by: alice, at: house.now)
        func names(_ wish: MembersWish) async throws -> Set<String> {
            Set(try await house.reads.members(of: room, wish, by: alice, at: 1).compactMap(\.event.stateKey))
        }
        let (a, b, m) = (alice.user.rawValue, bob.user.rawValue, mallory.user.rawValue)
        #expect(try await names(MembersWish()) == [a, b, m])
        #expect(try await names(MembersWish(membership: .join)) == [a, b])
        #expect(try await names(MembersWish(membership: .leave)) == [m])
        #expect(try await names(MembersWish(notMembership: .leave)) == [a, b])
        #expect(try await names(MembersWish(membership: .leave, notMembership: .ban)) == [a, b, m])
        #expect(try await names(MembersWish(at: HistoryToken(after: moment))) == [a, b])
        #expect(Set(try await house.reads.joinedMembers(of: room, by: alice).map(\.displayName)) == ["Alice", "Bob"])
    }

    @Test("unsigned tells the sending device its transaction, state what it replaced, a redacted event why")
    func unsigned() async throws {
        let house = try RoomsHouse()
        let (alice, bob) = (try await house.person("alice"), try await house.person("bob"))
        let room = try await house.room(by: alice) { $0.name = "old" }
        try await house.join(room, bob)
        let said = try await house.say("secret", in: room, by: alice, transaction: "m1")
        let named = try await house.set("m.room.name", #"{"name":"new"}"#, in: room, by: alice)
        #expect(try await unsignedPart(said, house, room, alice)["transaction_id"]?.string == "m1")
        #expect(try await unsignedPart(said, house, room, bob)["transaction_id"] == nil)
        #expect(try await unsignedPart(said, house, room, bob)["membership"]?.string == "join")
        #expect(try await unsignedPart(named, house, room, bob)["prev_content"]?["name"]?.string == "old")
        let redaction = try await house.rooms.redact(said, reason: "oops", transaction: "r1", in: room, by: alice, at: house.now)
        let event = try await house.reads.event(said, in: room, by: bob, at: house.now)
        #expect(try event.event.content.count == 0)
        #expect(try await unsignedPart(said, house, room, bob)["redacted_because"]?["event_id"]?.string == redaction.rawValue)
    }

    @Test("the event around which context is asked is there even with a limit of nothing")
    func context() async throws {
        let house = try RoomsHouse()
        let alice = try await house.person("alice")
        let room = try await house.room(by: alice)
        var events: [EventID] = []
        for number in 1...9 { events.append(try await house.say("\(number)", in: room, by: alice)) }
        let around = try await house.reads.context(of: events[4], in: room, limit: 5, selection: .everything, by: alice, at: 1)
        #expect(try bodies(around.before.map(\.event)) == ["4", "3"])
        #expect(try bodies(around.after.map(\.event)) == ["6", "7", "8"])
        let alone = try await house.reads.context(of: events[4], in: room, limit: 0, selection: .everything, by: alice, at: 1)
        #expect(alone.before.isEmpty && alone.after.isEmpty && alone.event.event.eventID == events[4])
        for (token, direction, next) in [(around.start, HistoryPage.Direction.backwards, "2"), (around.end, .forwards, "9")] {
            let page = try await house.reads.messages(
                MessagesWish(from: token, to: nil, direction, limit: 1), in: room, by: alice, at: 1)
            #expect(try bodies(page.chunk.map(\.event)) == [next])
        }
    }

    @Test("the summary names the first five others, or those who left when nobody else is there")
    func summary() async throws {
        let house = try RoomsHouse()
        let alice = try await house.person("alice")
        let room = try await house.room(by: alice)
        var people: [Requester] = []
        for name in ["bob", "carol", "dora", "erin", "frank", "grace"] {
            people.append(try await house.person(name))
            try await house.join(room, people[people.count - 1])
        }
        func summary(for reader: Requester) async throws -> RoomSummary {
            try await house.store.read { tx in try RoomSummary(of: tx.number(of: room) ?? -1, for: reader.number, tx) }
        }
        let seen = try await summary(for: alice)
        #expect(seen.heroes == people.prefix(5).map(\.number))
        #expect(seen.joined == 7 && seen.invited == 0)
        #expect(try await summary(for: people[0]).heroes.first == alice.number)
        for person in people { try await house.rooms.leave(room, reason: nil, by: person, at: house.now) }
        #expect(try await summary(for: alice).heroes == people.prefix(5).map(\.number))
    }
}

private func unsignedPart(_ id: EventID, _ house: RoomsHouse, _ room: RoomID, _ reader: Requester) async throws -> JSON {
    var writer = JSONWriter()
    try await house.reads.event(id, in: room, by: reader, at: house.now).append(to: &writer, roomID: room)
    let json = try JSON(parsing: writer.bytes)
    #expect(json["room_id"]?.string == room.rawValue)
    return try #require(json["unsigned"])
}
