import Audit
import Matrix
import Storage
import TestHouse
import Testing

@testable import Rooms

/// Days in milliseconds.
private let day: Int64 = 86_400_000
private let operatorOnMachine = AuditEntry.Actor.origin(.server)

@Suite("Retention")
struct RetentionTests {
    private static let wishes: [(String, RetentionPolicy, Int64?)] = [
        (#"{"max_lifetime":86400000}"#, RetentionPolicy(), day),
        (#"{"max_lifetime":86400000}"#, RetentionPolicy(usual: 5 * day, least: 3 * day, most: 9 * day), 3 * day),
        (#"{"max_lifetime":8640000000}"#, RetentionPolicy(most: 9 * day), 9 * day),
        (#"{"max_lifetime":1000,"min_lifetime":2000}"#, RetentionPolicy(), 2000),
        (#"{"max_lifetime":"soon"}"#, RetentionPolicy(usual: 5 * day), 5 * day),
        (#"{"max_lifetime":-1}"#, RetentionPolicy(), nil),
        (#"{}"#, RetentionPolicy(usual: 5 * day), 5 * day),
        (#"{}"#, RetentionPolicy(most: 7 * day), 7 * day),
        (#"{}"#, RetentionPolicy(), nil),
    ]

    @Test("the room's wish counts within the operator's bounds", arguments: wishes)
    func lifetime(content: String, policy: RetentionPolicy, expected: Int64?) throws {
        #expect(policy.lifetime(try JSON(parsing: Array(content.utf8))) == expected)
    }

    @Test("old messages go, state and young messages stay, and the room goes on")
    func expiry() async throws {
        let house = try RoomsHouse()
        let alice = try await house.person("alice")
        let room = try await house.room(by: alice)
        try await house.set("m.room.retention", #"{"max_lifetime":86400000}"#, in: room, by: alice)
        let other = try await house.room(by: alice)
        for text in ["one", "two", "three"] {
            try await house.say(text, in: room, by: alice)
            try await house.say(text, in: other, by: alice)
        }
        try await house.set("m.room.topic", #"{"topic":"kept"}"#, in: room, by: alice)
        let custody = RoomCustody(house.rooms, RetentionPolicy())
        try await custody.tidy(at: house.now + day / 2)
        #expect(try bodies(await house.history(room, for: alice)) == ["one", "two", "three"])
        try await custody.tidy(at: house.now + 2 * day)
        let left = try await house.history(room, for: alice)
        #expect(try bodies(left).isEmpty && left.contains { $0.type == "m.room.topic" })
        #expect(try bodies(await house.history(other, for: alice)) == ["one", "two", "three"])
        try await house.say("four", in: room, by: alice)
        #expect(try bodies(await house.history(room, for: alice)) == ["four"])
        let rows = try await house.store.read { tx in
            try tx.first("SELECT count(*) FROM events WHERE type = 'm.room.message'")?.int(0)
        }
        #expect(rows == 4)
    }

    @Test("the newest message stays as an empty hull until the next one comes")
    func newest() async throws {
        let house = try RoomsHouse()
        let alice = try await house.person("alice")
        let room = try await house.room(by: alice)
        try await house.say("last word", in: room, by: alice)
        let custody = RoomCustody(house.rooms, RetentionPolicy(usual: day))
        for _ in 0..<3 { try await custody.tidy(at: house.now + 2 * day) }
        let left = try #require(try await house.history(room, for: alice).last)
        #expect(left.type == "m.room.message")
        #expect(try left.content.count == 0)
        let entries = try await house.store.read { tx in
            try AuditLog.entries(from: 1, limit: 1_000, tx).filter { $0.code == "room.expire" }.count
        }
        #expect(entries == 1)
        try await house.say("next", in: room, by: alice)
        try await custody.tidy(at: house.now + day / 2)
        try await custody.tidy(at: house.now + day / 2)
        #expect(try bodies(await house.history(room, for: alice)) == ["next"])
    }

    @Test("many old messages go in portions")
    func many() async throws {
        let house = try RoomsHouse()
        let alice = try await house.person("alice")
        let room = try await house.room(by: alice)
        for index in 0..<1_100 { try await house.say("\(index)", in: room, by: alice) }
        let policy = RetentionPolicy(usual: day)
        let number = try #require(try await house.store.read { try $0.number(of: room) })
        #expect(try await house.rooms.expire(number, policy, at: house.now + 2 * day))
        let after = try await house.history(room, for: alice).count
        #expect(after > 500 && after < 1_100)
        try await RoomCustody(house.rooms, policy).tidy(at: house.now + 2 * day)
        #expect(try bodies(await house.history(room, for: alice)).isEmpty)
    }

    @Test("a held room keeps everything")
    func held() async throws {
        let house = try RoomsHouse()
        let alice = try await house.person("alice")
        let room = try await house.room(by: alice)
        try await house.say("evidence", in: room, by: alice)
        try await house.rooms.hold(room, reason: "case 7", by: operatorOnMachine, at: house.now)
        let custody = RoomCustody(house.rooms, RetentionPolicy(usual: day))
        try await custody.tidy(at: house.now + 9 * day)
        #expect(try bodies(await house.history(room, for: alice)) == ["evidence"])
        try await house.rooms.release(room, by: operatorOnMachine, at: house.now)
        try await custody.tidy(at: house.now + 9 * day)
        #expect(try bodies(await house.history(room, for: alice)).isEmpty)
    }
}

@Suite("Purging rooms, legal holds")
struct PurgeTests {
    private func finish(_ house: RoomsHouse) async throws {
        let custody = RoomCustody(house.rooms, RetentionPolicy())
        for minute in 0..<4 { try await custody.tidy(at: house.now + Int64(minute) * RoomActions.grace) }
    }

    @Test("a purge lets everybody leave, destroys the key and leaves no row of the room")
    func purge() async throws {
        let house = try RoomsHouse()
        let (alice, bob) = (try await house.person("alice"), try await house.person("bob"))
        let room = try await house.room(by: alice)
        try await house.join(room, bob)
        for index in 0..<600 { try await house.say("\(index)", in: room, by: alice) }
        let kept = try await house.room(by: alice)
        try await house.say("stays", in: kept, by: alice)
        let number = try #require(try await house.store.read { try $0.number(of: room) })

        try await house.rooms.purge(room, by: operatorOnMachine, at: house.now)
        let custody = RoomCustody(house.rooms, RetentionPolicy())
        try await custody.tidy(at: house.now)
        // In the grace everybody can see that he is out, and nobody can write or come in.
        let place = try await house.store.read { tx in try MembershipQueries.membership(bob.number, number, tx)?.membership }
        #expect(place == .leave)
        await #expect(throws: RoomError.notInRoom) { try await house.join(room, bob) }
        try await finish(house)

        let tables = [
            "events", "current_state", "memberships", "membership_changes", "visibility_changes", "attention", "event_threads",
            "receipts",
            "aliases", "room_info",
        ]
        for table in tables {
            let rows = try await house.store.read { tx in
                try tx.first("SELECT count(*) FROM \(table) WHERE room = ?", .int(number))?.int(0)
            }
            #expect(rows == 0, "\(table)")
        }
        let keys = try await house.store.read { tx in
            try tx.rows("SELECT 1 FROM data_keys WHERE scope = ?", .text("room/\(number)")).count
        }
        #expect(keys == 0)
        await #expect(throws: RoomReadError.notVisible) { try await house.reads.state(of: room, by: alice, at: 1) }
        #expect(try bodies(await house.history(kept, for: alice)) == ["stays"])
        let codes = try await house.store.read { tx in
            try AuditLog.entries(from: 1, limit: 10_000, tx).filter { $0.room == room.rawValue }.map(\.code)
        }
        #expect(codes.contains("room.create") && codes.contains("room.erase") && codes.contains("key.destroy"))
        #expect(try await house.rooms.list().map(\.roomID) == [kept])
    }

    @Test("a purge that was interrupted goes on where it was")
    func interrupted() async throws {
        let house = try RoomsHouse()
        let alice = try await house.person("alice")
        let room = try await house.room(by: alice)
        for person in 0..<120 { try await house.join(room, house.person("p\(person)")) }
        try await house.rooms.purge(room, by: operatorOnMachine, at: house.now)
        #expect(try await house.rooms.continuePurges(at: house.now))
        // Another process, with nothing in memory, does the rest.
        try await finish(house)
        #expect(try await house.rooms.list().isEmpty)
        #expect(try await house.rooms.continuePurges(at: house.now) == false)
    }

    @Test("a held room is not purged; both are on record")
    func held() async throws {
        let house = try RoomsHouse()
        let alice = try await house.person("alice")
        let room = try await house.room(by: alice)
        try await house.rooms.hold(room, reason: "case 7", by: operatorOnMachine, at: house.now)
        try await house.rooms.hold(room, reason: "again", by: operatorOnMachine, at: house.now)
        await #expect(throws: MatrixError.self) { try await house.rooms.purge(room, by: operatorOnMachine, at: house.now) }
        #expect(try await house.rooms.list().map(\.isHeld) == [true])
        try await house.rooms.release(room, by: operatorOnMachine, at: house.now)
        await #expect(throws: MatrixError.self) { try await house.rooms.release(room, by: operatorOnMachine, at: house.now) }
        try await house.rooms.purge(room, by: operatorOnMachine, at: house.now)
        await #expect(throws: MatrixError.self) {
            try await house.rooms.hold(room, reason: "late", by: operatorOnMachine, at: house.now)
        }
        let codes = try await house.store.read { tx in try AuditLog.entries(from: 1, limit: 1_000, tx).map(\.code) }
        #expect(codes.filter { $0.hasPrefix("room.hold") } == ["room.hold", "room.hold.release"])
    }

    @Test("what is redacted in a held room is kept aside until the release")
    func redacted() async throws {
        let house = try RoomsHouse()
        let alice = try await house.person("alice")
        let room = try await house.room(by: alice)
        let event = try await house.say("evidence", in: room, by: alice)
        try await house.rooms.hold(room, reason: "", by: operatorOnMachine, at: house.now)
        let redact = { (id: EventID) in
            try await house.rooms.redact(id, reason: nil, transaction: id.rawValue, in: room, by: alice, at: house.now)
        }
        _ = try await redact(event)
        #expect(try bodies(await house.history(room, for: alice)).isEmpty)
        let aside = try await house.store.read { tx -> String in
            let row = try tx.first("SELECT sealed, room FROM held_events")
            let opened = try tx.open(row?.blob(0) ?? [], .room(row?.int(1) ?? 0), place: EventRecord.place(event))
            return String(decoding: opened, as: UTF8.self)
        }
        #expect(aside.contains("evidence"))
        try await house.rooms.release(room, by: operatorOnMachine, at: house.now)
        _ = try await redact(house.say("other", in: room, by: alice))
        #expect(try await house.store.read { tx in try tx.rows("SELECT 1 FROM held_events").isEmpty })
    }
}
