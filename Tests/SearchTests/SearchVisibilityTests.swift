import Audit
import Matrix
import Rooms
import Storage
import TestHouse
import Testing

@testable import Search

@Suite("POST /search: what somebody may find")
struct SearchVisibilityTests {
    @Test("the same is found before and after it is indexed", arguments: [false, true])
    func tailAndIndex(isIndexed: Bool) async throws {
        let house = try SearchHouse()
        let alice = try await house.person("alice")
        let room = try await house.room(by: alice)
        let one = try await house.say("Hello, world of cafés", in: room, by: alice)
        let two = try await house.say("今天的天气很好 hello", in: room, by: alice)
        let name = try await house.set("m.room.name", #"{"name":"The hello room"}"#, in: room, by: alice)
        let topic = try await house.set(
            "m.room.topic",
            #"{"topic":"plain","m.topic":{"m.text":[{"body":"hello rich"},{"mimetype":"text/html","body":"hidden"}]}}"#,
            in: room, by: alice)
        if isIndexed { try await house.indexer.catchUp() }
        #expect(try await house.all("hello", by: alice) { $0.order = .recent } == [topic, name, two, one])
        #expect(try await house.all("hello", by: alice) { $0.fields = [.body] }.count == 2)
        #expect(try await house.all("HELLO CAFES", by: alice) == [one])
        #expect(try await house.all("天气", by: alice) == [two])
        #expect(try await house.all("气天", by: alice).isEmpty)
        #expect(try await house.all("rich", by: alice) == [topic])
        #expect(try await house.all("hidden", by: alice).isEmpty)
        #expect(try await house.all("…", by: alice).isEmpty)
        let page = try await house.page("cafes", by: alice)
        #expect(page.highlights == ["cafes", "cafés"])
        #expect(page.count == 1)
    }

    @Test("of a backlog too long to look through the newest is found")
    func backlog() async throws {
        let house = try SearchHouse(longestTail: 3)
        let alice = try await house.person("alice")
        let room = try await house.room(by: alice)
        var said: [EventID] = []
        for number in 1...5 { said.append(try await house.say("needle \(number)", in: room, by: alice)) }
        #expect(try await house.all("needle", by: alice) { $0.order = .recent } == said[2...].reversed())
        try await house.indexer.catchUp()
        #expect(try await house.all("needle", by: alice) { $0.order = .recent } == said.reversed())
    }

    @Test("strangers, the banned and those who left find nothing of what is not theirs", arguments: [false, true])
    func rooms(isIndexed: Bool) async throws {
        let house = try SearchHouse()
        let (alice, bob, mallory) = (
            try await house.person("alice"), try await house.person("bob"), try await house.person("mallory")
        )
        let room = try await house.room(by: alice) { $0.initialState = [] }
        try await house.set("m.room.history_visibility", #"{"history_visibility":"joined"}"#, in: room, by: alice)
        try await house.say("secret before", in: room, by: alice)
        try await house.join(room, bob)
        try await house.join(room, mallory)
        let shared = try await house.say("secret during", in: room, by: alice)
        try await house.rooms.leave(room, reason: nil, by: bob, at: house.now)
        try await house.rooms.ban(mallory.user, from: room, reason: nil, by: alice, at: house.now)
        try await house.say("secret after", in: room, by: alice)
        if isIndexed { try await house.indexer.catchUp() }
        #expect(try await house.all("secret", by: alice).count == 3)
        #expect(try await house.all("secret", by: bob) == [shared])
        #expect(try await house.all("secret", by: mallory) == [shared])
        let carol = try await house.person("carol")
        #expect(try await house.all("secret", by: carol).isEmpty)
        #expect(try await house.all("secret", by: carol) { $0.rooms = [room.rawValue] }.isEmpty)
        try await house.rooms.forget(room, by: bob, at: house.now)
        #expect(try await house.all("secret", by: bob).isEmpty)
    }

    @Test("a world-readable room that was left is searched up to the leave")
    func worldReadable() async throws {
        let house = try SearchHouse()
        let (alice, bob) = (try await house.person("alice"), try await house.person("bob"))
        let room = try await house.room(by: alice)
        try await house.set("m.room.history_visibility", #"{"history_visibility":"world_readable"}"#, in: room, by: alice)
        try await house.join(room, bob)
        let seen = try await house.say("open words", in: room, by: alice)
        try await house.rooms.leave(room, reason: nil, by: bob, at: house.now)
        try await house.say("open words later", in: room, by: alice)
        #expect(try await house.all("open", by: bob) == [seen])
        #expect(try await house.all("open", by: try await house.person("mallory")).isEmpty)
    }

    @Test("what was taken back is not found, and its postings go")
    func redacted() async throws {
        let house = try SearchHouse()
        let alice = try await house.person("alice")
        let room = try await house.room(by: alice)
        let gone = try await house.say("regret this", in: room, by: alice)
        let kept = try await house.say("regret nothing", in: room, by: alice)
        try await house.indexer.catchUp()
        try await house.redact(gone, in: room, by: alice)
        #expect(try await house.all("regret", by: alice) == [kept])
        #expect(try await house.page("regret", by: alice).count == 1)
        #expect(try await house.offered("regret", in: room) == 2)
        try await house.indexer.catchUp()
        #expect(try await house.all("regret", by: alice) == [kept])
        #expect(try await house.offered("regret", in: room) == 1)
        #expect(try await house.offered("this", in: room) == 0)
        let removals = try await house.store.read { try $0.first("SELECT count(*) FROM search_removals")?.int(0) }
        #expect(removals == 0)
    }

    @Test("encrypted rooms are left out, and ignored people")
    func leftOut() async throws {
        let house = try SearchHouse()
        let (alice, bob) = (try await house.person("alice"), try await house.person("bob"))
        let room = try await house.room(by: alice)
        try await house.join(room, bob)
        let mine = try await house.say("needle of mine", in: room, by: alice)
        let his = try await house.say("needle of his", in: room, by: bob)
        let closed = try await house.room(by: alice)
        try await house.say("needle in the clear", in: closed, by: alice)
        try await house.set("m.room.encryption", #"{"algorithm":"m.megolm.v1.aes-sha2"}"#, in: closed, by: alice)
        try await house.indexer.catchUp()
        #expect(try await house.all("needle", by: alice) { $0.order = .recent } == [his, mine])
        #expect(try await house.all("needle", by: alice) { $0.ignored = [bob.user] } == [mine])
        #expect(try await house.all("needle", by: alice) { $0.senders = [bob.user.rawValue] } == [his])
        #expect(try await house.all("needle", by: alice) { $0.senders = ["@nobody:example.org", "x"] }.isEmpty)
        #expect(try await house.all("needle", by: alice) { $0.notRooms = [room.rawValue] }.isEmpty)
    }

    @Test("a destroyed room key leaves an index that answers nothing")
    func erased() async throws {
        let house = try SearchHouse()
        let alice = try await house.person("alice")
        let room = try await house.room(by: alice)
        let other = try await house.room(by: alice)
        try await house.say("needle", in: room, by: alice)
        let kept = try await house.say("needle", in: other, by: alice)
        try await house.indexer.catchUp()
        try await house.store.write { tx in try tx.destroyKey(.room(tx.number(of: room) ?? -1)) }
        #expect(try await house.all("needle", by: alice) == [kept])
        try await house.rebuild()
        try await house.indexer.catchUp()
        #expect(try await house.all("needle", by: alice) == [kept])
    }

    @Test("who searches a room means the rooms that it replaced as well")
    func upgraded() async throws {
        let house = try SearchHouse()
        let (alice, bob) = (try await house.person("alice"), try await house.person("bob"))
        let old = try await house.room(by: alice)
        let before = try await house.say("Message before upgrade", in: old, by: alice)
        let new = try await house.room(by: alice) { wish in
            wish.creationContent["predecessor"] = ["room_id": .string(old.rawValue), "event_id": .string(before.rawValue)]
        }
        let after = try await house.say("Message after upgrade", in: new, by: alice)
        try await house.join(new, bob)
        #expect(try await house.all("upgrade", by: alice) { $0.rooms = [new.rawValue] } == [before, after])
        #expect(try await house.all("upgrade", by: alice) { $0.rooms = [old.rawValue] } == [before])
        #expect(try await house.all("upgrade", by: bob) { $0.rooms = [new.rawValue] } == [after])
    }
}

extension SearchHouse {
    /// How many events the index of a room offers for a term, verified or not.
    func offered(_ term: String, in room: RoomID) async throws -> Int {
        try await store.read { tx in
            guard let number = try tx.number(of: room), let index = try RoomIndex(number, tx) else { return 0 }
            return try index.candidates(
                SearchQuery(SearchText(term)), fields: Set(SearchField.allCases), senders: nil, upTo: .max, tx
            ).count
        }
    }
}
