import Crypto
import Testing

@testable import Matrix

/// A content before redaction, and after it in versions 10, 11 and 12.
struct RedactionCase: Sendable, CustomTestStringConvertible {
    let type: String
    let content: String
    let v10: String
    let v11: String
    var testDescription: String { "\(type) \(content)" }

    func rest(in version: RoomVersion) -> String { version == .v10 ? v10 : v11 }

    init(_ type: String, _ content: String, all: String) { self.init(type, content, v10: all, v11: all) }

    init(_ type: String, _ content: String, v10: String, v11: String) {
        self.type = type
        self.content = content
        self.v10 = v10
        self.v11 = v11
    }

    static let all = [
        RedactionCase(
            "m.room.member",
            #"{"avatar_url":"mxc://x","displayname":"Bob","join_authorised_via_users_server":"@a:b","membership":"join","reason":"x"}"#,
            all: #"{"join_authorised_via_users_server":"@a:b","membership":"join"}"#),
        RedactionCase(
            "m.room.member",
            #"{"membership":"invite","third_party_invite":{"display_name":"m","signed":{"mxid":"@a:b","x":[1]}}}"#,
            v10: #"{"membership":"invite"}"#,
            v11: #"{"membership":"invite","third_party_invite":{"signed":{"mxid":"@a:b","x":[1]}}}"#),
        RedactionCase(
            "m.room.member", #"{"membership":"invite","third_party_invite":"text"}"#, all: #"{"membership":"invite"}"#),
        RedactionCase(
            "m.room.create", #"{"additional_creators":[],"creator":"@a:b","m.federate":false,"room_version":"10","x":1}"#,
            v10: #"{"creator":"@a:b"}"#,
            v11: #"{"additional_creators":[],"creator":"@a:b","m.federate":false,"room_version":"10","x":1}"#),
        RedactionCase(
            "m.room.join_rules", #"{"allow":[{"room_id":"!x:y","type":"m.room_membership"}],"join_rule":"restricted","x":1}"#,
            all: #"{"allow":[{"room_id":"!x:y","type":"m.room_membership"}],"join_rule":"restricted"}"#),
        RedactionCase(
            "m.room.power_levels",
            #"{"ban":1,"events":{"a":1},"events_default":2,"invite":3,"kick":4,"notifications":{"room":5},"redact":6,"state_default":7,"users":{"@a:b":8},"users_default":9,"x":1}"#,
            v10:
                #"{"ban":1,"events":{"a":1},"events_default":2,"kick":4,"redact":6,"state_default":7,"users":{"@a:b":8},"users_default":9}"#,
            v11:
                #"{"ban":1,"events":{"a":1},"events_default":2,"invite":3,"kick":4,"redact":6,"state_default":7,"users":{"@a:b":8},"users_default":9}"#
        ),
        RedactionCase(
            "m.room.history_visibility", #"{"history_visibility":"shared","x":1}"#, all: #"{"history_visibility":"shared"}"#),
        RedactionCase(
            "m.room.redaction", #"{"reason":"x","redacts":"$x"}"#, v10: "{}", v11: #"{"redacts":"$x"}"#),
        RedactionCase("m.room.aliases", ##"{"aliases":["#a:b"]}"##, all: "{}"),
        RedactionCase("m.room.third_party_invite", #"{"display_name":"m","public_key":"x"}"#, all: "{}"),
        RedactionCase("m.room.message", #"{"body":"hello","membership":"join","msgtype":"m.text"}"#, all: "{}"),
        RedactionCase("m.room.topic", #"{"topic":"x"}"#, all: "{}"),
        RedactionCase("m.room.name", #"{"name":"x"}"#, all: "{}"),
        RedactionCase("m.room.tombstone", #"{"body":"x","replacement_room":"!x:y"}"#, all: "{}"),
        RedactionCase("m.room.encryption", #"{"algorithm":"m.megolm.v1.aes-sha2"}"#, all: "{}"),
        RedactionCase("m.room.encrypted", #"{"ciphertext":"x"}"#, all: "{}"),
        RedactionCase("m.room.guest_access", #"{"guest_access":"can_join"}"#, all: "{}"),
        RedactionCase("m.room.canonical_alias", ##"{"alias":"#a:b"}"##, all: "{}"),
        RedactionCase("m.room.server_acl", #"{"allow":["*"]}"#, all: "{}"),
        RedactionCase("m.reaction", #"{"m.relates_to":{"key":"x"}}"#, all: "{}"),
        RedactionCase("m.space.child", #"{"via":["x"]}"#, all: "{}"),
        RedactionCase("org.example.any", #"{"join_rule":"public"}"#, all: "{}"),
        RedactionCase("m.room.member", "{}", all: "{}"),
    ]
}

@Suite("Redactions")
struct RedactionTests {
    @Test("each version keeps what it protects, and nothing else", arguments: RedactionCase.all)
    func content(_ redaction: RedactionCase) throws {
        for version in RoomVersion.allCases {
            let rest = Redaction.content(try JSON(text: redaction.content), of: redaction.type, version: version)
            #expect(text(rest) == redaction.rest(in: version), "version \(version.rawValue)")
            let again = Redaction.content(try JSON(parsing: rest), of: redaction.type, version: version)
            #expect(again == rest)
        }
    }

    @Test("a redacted event keeps its ID, its signatures hold, and clients see the rest", arguments: RedactionCase.all)
    func event(_ redaction: RedactionCase) throws {
        for version in RoomVersion.allCases {
            let room = try TestRoom(version)
            var draft = try room.draft(redaction.type, "", by: room.alice)
            draft.content = Array(redaction.content.utf8)
            if redaction.type == EventType.create, version == .v12 { draft.roomID = nil }
            let event = try TestKey.signer().sign(draft, version: version)
            let rest = event.redacted(version: version)
            #expect(rest.eventID == event.eventID)
            #expect(text(rest.content.raw) == redaction.rest(in: version))
            #expect(text(rest.client).hasPrefix(#"{"content":\#(redaction.rest(in: version)),"event_id":"#))
            let parsed = try PDU(parsing: rest.federation, version: version)
            #expect(parsed.eventID == event.eventID)
            let server = event.sender.serverName
            let key = try TestKey.signing().publicKey
            let isWhole = redaction.rest(in: version) == redaction.content
            #expect(
                EventSigner.examine(parsed, version: version, server: server, key: key) == (isWhole ? .intact : .redacted))
        }
    }

    @Test("top-level fields stay by version")
    func topLevel() throws {
        let event = try JSON(
            text: """
                {"auth_events":[],"content":{},"depth":1,"event_id":"$x","hashes":{},"membership":"join","origin":"x",\
                "origin_server_ts":1,"prev_events":[],"prev_state":[],"redacts":"$y","room_id":"!x:y","sender":"@a:b",\
                "signatures":{},"state_key":"","type":"m.room.name","unsigned":{},"x":1}
                """)
        let essential = """
            "origin_server_ts":1,"prev_events":[],%"room_id":"!x:y","sender":"@a:b","signatures":{},"state_key":"",\
            "type":"m.room.name"}
            """
        let head = #"{"auth_events":[],"content":{},"depth":1,"event_id":"$x","hashes":{},"#
        for version in RoomVersion.allCases {
            let rest = text(Redaction.event(event, version: version, keepingSignatures: true))
            if version == .v10 {
                let old = essential.replacing("%", with: #""prev_state":[],"#)
                #expect(rest == head + #""membership":"join","origin":"x","# + old)
            } else {
                #expect(rest == head + essential.replacing("%", with: ""))
            }
            let unsigned = text(Redaction.event(event, version: version, keepingSignatures: false))
            #expect(unsigned == rest.replacing(#""signatures":{},"#, with: ""))
        }
    }

    @Test("old top-level fields from elsewhere are read back, kept and hashed", arguments: RoomVersion.allCases)
    func origin(_ version: RoomVersion) throws {
        let bytes = """
            {"auth_events":[],"content":{"body":"x"},"depth":3,"hashes":{"sha256":"x"},"origin":"domain","origin_server_ts":1,\
            "prev_events":[],"redacts":3,"room_id":"!x:domain","sender":"@a:domain","signatures":{},"type":"X"}
            """
        let event = try PDU(parsing: Array(bytes.utf8), version: version)
        #expect(text(event.federation) == bytes)
        let stripped = text(event.redacted(version: version).federation)
        #expect(stripped.contains("origin\"") == (version == .v10))
        #expect(!stripped.contains("redacts"))
        #expect(try PDU(parsing: Array(stripped.utf8), version: version).eventID == event.eventID)
    }
}
