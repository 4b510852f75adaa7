import Audit
import Matrix
import TestHouse
import Testing

@testable import Sync

@Suite("filters")
struct FilterTests {
    @Test(
        "a star stands for any run of characters",
        arguments: [
            ("m.room.*", "m.room.name", true), ("m.room.*", "m.room.", true), ("m.room.*", "m.reaction", false),
            ("*", "anything", true), ("*.name", "m.room.name", true), ("m.*.name", "m.room.name", true),
            ("m.*.name", "m.name", false), ("a*a", "a", false), ("a*a", "aa", true), ("*a*b*", "xxaxxbxx", true),
            ("*a*b*", "xxbxxaxx", false), ("m.room.name", "m.room.name", true), ("m.room.name", "m.room.names", false),
            ("**", "x", true), ("", "", true), ("", "x", false),
        ])
    func patterns(pattern: String, type: String, matches: Bool) {
        #expect(TypePattern(pattern).matches(type) == matches)
    }

    @Test("every part of a filter is read")
    func parsing() throws {
        let filter = try SyncFilter(
            parsing: """
                {"event_fields":["content.body"],"event_format":"client","presence":{"types":[]},"account_data":{"limit":3},
                "room":{"rooms":["!a"],"not_rooms":["!b"],"include_leave":true,"ephemeral":{"not_types":["m.typing"]},
                "state":{"lazy_load_members":true,"include_redundant_members":true},
                "timeline":{"limit":7,"senders":["@a:b"],"not_senders":["@c:d"],"contains_url":false,"unread_thread_notifications":true},
                "account_data":{"types":["m.tag"]}},"org.example.unknown":1}
                """)
        #expect(filter.fields != nil && filter.includesLeft && filter.accountData.limit == 3)
        #expect(!filter.presence.admits(type: "m.presence") && !filter.ephemeral.events.admits(type: "m.typing"))
        #expect(filter.admits(room: "!a") && !filter.admits(room: "!b") && !filter.admits(room: "!c"))
        #expect(filter.state.lazyLoadsMembers && filter.state.includesRedundantMembers && filter.timeline.countsThreads)
        #expect(filter.timeline.events.limit == 7 && filter.timeline.containsURL == false)
        #expect(filter.timeline.events.admits(sender: "@a:b") && !filter.timeline.events.admits(sender: "@x:y"))
        #expect(filter.roomAccountData.events.admits(type: "m.tag") && !filter.roomAccountData.events.admits(type: "x"))
    }

    @Test(
        "a bad filter is refused with 400",
        arguments: [
            "[]", "{", "1", #"{"room":[]}"#, #"{"room":{"timeline":{"limit":-1}}}"#, #"{"room":{"timeline":{"limit":"1"}}}"#,
            #"{"room":{"timeline":{"limit":1.5}}}"#, #"{"room":{"timeline":{"types":"m.room.*"}}}"#,
            #"{"room":{"state":{"types":[1]}}}"#, #"{"event_format":"xml"}"#, #"{"event_fields":{}}"#,
            #"{"room":{"include_leave":"yes"}}"#, #"{"presence":[]}"#, #"{"room":{"state":{"lazy_load_members":1}}}"#,
        ])
    func refusal(text: String) {
        let error = #expect(throws: MatrixError.self) { try SyncFilter(parsing: text) }
        #expect(error?.status == 400)
    }

    @Test("event_fields keeps what is named and drops the rest")
    func fields() throws {
        let event = try JSON(
            parsing: Array(#"{"content":{"body":"hi","m.relates_to":{"rel_type":"x"},"n":0.5},"sender":"@a:b","type":"m"}"#.utf8))
        #expect(
            String(decoding: EventFields(["content.body", "type"]).pick(from: event), as: UTF8.self)
                == #"{"content":{"body":"hi"},"type":"m"}"#)
        #expect(
            String(decoding: EventFields([#"content.m\.relates_to"#]).pick(from: event), as: UTF8.self)
                == #"{"content":{"m.relates_to":{"rel_type":"x"}}}"#)
        #expect(
            String(decoding: EventFields(["content", "sender.x"]).pick(from: event), as: UTF8.self)
                == #"{"content":{"body":"hi","m.relates_to":{"rel_type":"x"},"n":0.5}}"#)
        #expect(String(decoding: EventFields([]).pick(from: event), as: UTF8.self) == "{}")
    }

    @Test("event_fields parts and compares names by characters as they are sent, not as they are drawn")
    func exactFields() throws {
        // The accent that follows the dot is drawn with it; it is a character of its own all the same.
        let event = try JSON(parsing: Array("{\"content\":{\"\u{301}x\":1,\"\u{e9}\":2,\"e\u{301}\":3}}".utf8))
        #expect(EventFields(["content.\u{301}x"]).pick(from: event) == Array("{\"content\":{\"\u{301}x\":1}}".utf8))
        #expect(EventFields(["content.\u{e9}"]).pick(from: event) == Array("{\"content\":{\"\u{e9}\":2}}".utf8))
        #expect(EventFields(["content.e\u{301}"]).pick(from: event) == Array("{\"content\":{\"e\u{301}\":3}}".utf8))
    }

    @Test("paths without end do not exhaust the stack")
    func deepPath() throws {
        let path = String(repeating: "a.", count: 30_000)
        _ = EventFields([path]).pick(from: try JSON(parsing: Array(#"{"a":{"a":1}}"#.utf8)))
    }

    @Test("the same content has the same ID, and nobody reads another's filter")
    func storing() async throws {
        let house = try SyncHouse()
        let (alice, mallory) = (try await house.person("alice"), try await house.person("mallory"))
        let filters = house.sync.filters
        let one = try await filters.add(try JSON(parsing: Array(#"{"room":{"timeline":{"limit":1}}}"#.utf8)), by: alice, at: 1)
        let same = try await filters.add(
            try JSON(parsing: Array(#" { "room":{"timeline":{"limit":1} } }"#.utf8)), by: alice, at: 2)
        let other = try await filters.add(try JSON(parsing: Array(#"{"room":{"timeline":{"limit":2}}}"#.utf8)), by: alice, at: 3)
        #expect(one == same && one != other && !one.hasPrefix("{"))
        #expect(try await filters.filter(one, of: alice.number).timeline.events.limit == 1)
        #expect(
            String(decoding: try await filters.definition(one, of: alice.number), as: UTF8.self)
                == #"{"room":{"timeline":{"limit":1}}}"#)
        await #expect(throws: MatrixError.self) { try await filters.definition(one, of: mallory.number) }
        let unknown = await #expect(throws: MatrixError.self) { try await filters.filter("nothing", of: alice.number) }
        #expect(unknown?.status == 400)
    }
}
