import Audit
import Matrix
import Rooms
import TestHouse
import Testing

@testable import Sync

@Suite("account data, tags, receipts")
struct AccountDataTests {
    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test("data is kept byte for byte, and comes in the next answer")
    func keeping() async throws {
        let house = try SyncHouse()
        let alice = try await house.person("alice")
        let room = try await house.room(by: alice)
        let token = try await house.token(alice)
        try await house.keep("org.example", #"{"n":0.10,"s":"é"}"#, by: alice)
        try await house.keep("m.room.data", #"{"in":"room"}"#, in: room, by: alice)
        let data = house.sync.accountData
        #expect(text(try await data.content("org.example", in: nil, of: alice.number)) == #"{"n":0.10,"s":"é"}"#)
        let answer = try await house.answer(alice, since: token)
        #expect(answer.events("account_data").map(\.type) == ["org.example"])
        #expect(answer.room(room)?.events("account_data").map(\.type) == ["m.room.data"])
        #expect(try await house.answer(alice).events("account_data").map(\.type) == ["org.example", "m.push_rules"])
        await #expect(throws: MatrixError.self) { try await data.content("m.room.data", in: nil, of: alice.number) }
    }

    @Test("what the server manages is refused with 405, and rooms of others with 403")
    func refusal() async throws {
        let house = try SyncHouse()
        let (alice, mallory) = (try await house.person("alice"), try await house.person("mallory"))
        let room = try await house.room(by: alice)
        for type in ["m.fully_read", "m.push_rules"] {
            let error = await #expect(throws: MatrixError.self) { try await house.keep(type, "{}", by: alice) }
            #expect(error?.status == 405 && error?.code == .badJSON)
        }
        await #expect(throws: RoomError.notInRoom) { try await house.keep("x", "{}", in: room, by: mallory) }
        let list = await #expect(throws: MatrixError.self) { try await house.keep("x", "[]", by: alice) }
        #expect(list?.status == 400)
    }

    @Test("the order of a tag stays as it was written")
    func tags() async throws {
        let house = try SyncHouse()
        let alice = try await house.person("alice")
        let room = try await house.room(by: alice)
        let token = try await house.token(alice)
        let tags = house.sync.tags
        try await tags.put("m.favourite", try JSON(parsing: Array(#"{"order":0.10}"#.utf8)), on: room, by: alice, at: 1)
        try await tags.put("u.work", try JSON(parsing: Array("{}".utf8)), on: room, by: alice, at: 2)
        #expect(text(try await tags.all(in: room, of: alice.number)) == #"{"m.favourite":{"order":0.10},"u.work":{}}"#)
        try await tags.remove("u.work", from: room, by: alice, at: 3)
        let found = try #require(try await house.answer(alice, since: token).room(room))
        #expect(
            found.events("account_data").map { text(Array($0.raw)) }
                == [#"{"type":"m.tag","content":{"tags":{"m.favourite":{"order":0.10}}}}"#])
        for bad in [#"{"order":"0.5"}"#, #"{"order":2}"#, "[]"] {
            await #expect(throws: MatrixError.self) {
                try await tags.put("u.x", try JSON(parsing: Array(bad.utf8)), on: room, by: alice, at: 4)
            }
        }
        await #expect(throws: MatrixError.self) {
            try await tags.put(String(repeating: "x", count: 256), try JSON(parsing: [0x7B, 0x7D]), on: room, by: alice, at: 5)
        }
    }

    @Test("receipts are told to everybody, private ones to their sender")
    func receipts() async throws {
        let house = try SyncHouse()
        let (alice, bob) = (try await house.person("alice"), try await house.person("bob"))
        let room = try await house.room(by: alice)
        try await house.join(room, bob)
        let one = try await house.say("one", in: room, by: alice)
        let two = try await house.say("two", in: room, by: alice)
        let (forAlice, forBob) = (try await house.token(alice), try await house.token(bob))
        try await house.read(one, in: room, by: bob)
        try await house.read(two, in: room, by: bob, .privateRead)
        let seen = try #require(try await house.answer(alice, since: forAlice).room(room)).events("ephemeral")
        #expect(seen.count == 1 && seen[0]["content"]?[one.rawValue]?["m.read"]?[bob.user.rawValue]?["ts"]?.int != nil)
        #expect(seen[0]["content"]?[two.rawValue] == nil)
        let own = try #require(try await house.answer(bob, since: forBob).room(room))
        #expect(own.events("ephemeral")[0]["content"]?[two.rawValue]?["m.read.private"] != nil)
        #expect(own["unread_notifications"]?["notification_count"]?.int == 0)
        #expect(try await house.answer(alice).room(room)?.events("ephemeral").count == 1)
    }
}

@Suite("unread counts by thread")
struct ThreadCountTests {
    private let filter = #"{"room":{"timeline":{"unread_thread_notifications":true}}}"#

    private func counts(_ room: JSON?) -> [String: Int64] {
        var found = ["main": room?["unread_notifications"]?["notification_count"]?.int ?? -1]
        for (root, count) in (room?["unread_thread_notifications"]).members { found[root] = count["notification_count"]?.int }
        return found
    }

    @Test("each thread has its own count, its own receipt and its own redactions")
    func threads() async throws {
        let house = try SyncHouse()
        let (alice, bob) = (try await house.person("alice"), try await house.person("bob"))
        let room = try await house.room(by: alice)
        try await house.say("before bob", in: room, by: alice)
        try await house.join(room, bob)
        let root = try await house.say("root", in: room, by: alice)
        let inThread = #","m.relates_to":{"rel_type":"m.thread","event_id":"\#(root.rawValue)"}"#
        let first = try await house.say("in thread", in: room, by: alice, inThread)
        let mention = #","m.mentions":{"user_ids":["\#(bob.user.rawValue)"]}"#
        try await house.say("in thread too", in: room, by: alice, inThread + mention)
        let answer = try await house.answer(bob, filter: filter)
        #expect(counts(answer.room(room)) == ["main": 1, root.rawValue: 2])
        #expect(answer.room(room)?["unread_thread_notifications"]?[root.rawValue]?["highlight_count"]?.int == 1)
        #expect(try await house.answer(bob).room(room)?["unread_notifications"]?["notification_count"]?.int == 3)
        try await house.say("main", in: room, by: alice)
        let more = try await house.answer(bob, since: answer.token, filter: filter)
        #expect(counts(more.room(room)) == ["main": 2, root.rawValue: 2])
        try await house.rooms.acknowledge(
            [ReceiptWish(.read, first, thread: .root(root))], in: room, by: bob, at: house.now)
        let read = try await house.answer(bob, since: more.token, filter: filter)
        #expect(counts(read.room(room)) == ["main": 2, root.rawValue: 1])
        let taken = try await house.say("taken back", in: room, by: alice)
        _ = try await house.rooms.redact(taken, reason: nil, transaction: "r", in: room, by: alice, at: house.now)
        let redacted = try await house.answer(bob, since: read.token, filter: filter)
        #expect(counts(redacted.room(room)) == ["main": 2, root.rawValue: 1])
        try await house.rooms.acknowledge([ReceiptWish(.read, taken)], in: room, by: bob, at: house.now)
        #expect(counts(try await house.answer(bob, since: redacted.token, filter: filter).room(room)) == ["main": 0])
    }
}
