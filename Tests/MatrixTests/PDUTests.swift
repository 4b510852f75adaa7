import Crypto
import FoundationEssentials
import Testing

@testable import Matrix

@Suite("PDUs")
struct PDUTests {
    @Test("a message is laid out for clients as readers splice it", arguments: RoomVersion.allCases)
    func clientForm(_ version: RoomVersion) throws {
        let room = try TestRoom(version)
        let event = try TestKey.signer().sign(room.message(by: room.bob), version: version)
        #expect(
            text(event.client) == """
                {"content":{"body":"hello","msgtype":"m.text"},"event_id":"\(event.eventID)","origin_server_ts":1700000000000,\
                "sender":"@bob:example.org","type":"m.room.message"
                """)
    }

    @Test("state has its key in the client form, escaped where JSON asks for it", arguments: RoomVersion.allCases)
    func stateForm(_ version: RoomVersion) throws {
        let room = try TestRoom(version)
        let event = try TestKey.signer().sign(
            room.draft("org.example.\"quoted\"", "a\\b\n\u{1}é", by: room.alice, [:]), version: version)
        #expect(
            text(event.client) == """
                {"content":{},"event_id":"\(event.eventID)","origin_server_ts":1700000000000,"sender":"@alice:example.org",\
                "state_key":"a\\\\b\\n\\u0001é","type":"org.example.\\"quoted\\""
                """)
        let parsed = try PDU(parsing: event.federation, version: version)
        #expect(parsed.stateKey == "a\\b\n\u{1}é")
        #expect(parsed.type == "org.example.\"quoted\"")
    }

    @Test("what was signed comes back from its federation form as it was", arguments: RoomVersion.allCases)
    func roundTrip(_ version: RoomVersion) throws {
        var room = try TestRoom(version)
        try room.joinRule("public")
        let signer = try TestKey.signer()
        let drafts = [
            try room.message(by: room.bob), try room.createDraft(["room_version": .string(version.rawValue)]),
            try room.membership("join", of: room.mallory, ["join_authorised_via_users_server": "@bob:example.org"]),
            try room.draft(EventType.powerLevels, "", by: room.alice, room.levels(["invite": 50, "ban": 50])),
            try redaction(in: room),
        ]
        for var draft in drafts {
            draft.authEvents = AuthorizationRules.authEvents(for: draft, state: room, version: version)
            let event = try signer.sign(draft, version: version)
            let parsed = try PDU(parsing: event.federation, version: version)
            expectSame(parsed, event)
            expectSame(parsed.redacted(version: version), event.redacted(version: version))
            let again = try PDU(parsing: event.redacted(version: version).federation, version: version)
            expectSame(again, event.redacted(version: version))
            #expect(again.eventID == event.eventID)
            #expect(event.authEvents == draft.authEvents && event.prevEvents == draft.prevEvents)
            #expect(event.depth == 7 && event.originServerTS == 1_700_000_000_000)
        }
    }

    private func expectSame(_ one: PDU, _ other: PDU) {
        #expect(one.eventID == other.eventID)
        #expect(one.roomID == other.roomID)
        #expect(text(one.federation) == text(other.federation))
        #expect(text(one.client) == text(other.client))
        #expect(one.content.raw == other.content.raw)
        #expect(one.hashes == other.hashes)
        #expect(one.signatures == other.signatures)
        #expect(one.redacts == other.redacts)
        #expect(one.stateKey == other.stateKey)
    }

    @Test("white space, escapes and the order of members change nothing, and unsigned goes")
    func otherSpelling() throws {
        let room = try TestRoom(.v12)
        let event = try TestKey.signer().sign(room.message(by: room.bob), version: .v12)
        let spelled = text(event.federation).dropFirst().replacing("hello", with: #"hell\u006f"#)
        let parsed = try PDU(parsing: Array("{ \"unsigned\" : {\"age\":3},\n\(spelled)".utf8), version: .v12)
        expectSame(parsed, event)
        #expect(EventSigner.verify(parsed, version: .v12, key: try TestKey.signing().publicKey))
    }

    @Test("the create event of version 12 names the room")
    func roomID() throws {
        let room = try TestRoom(.v12)
        let create = try TestKey.signer().sign(room.createDraft(["room_version": "12"]), version: .v12)
        #expect(create.roomID.rawValue == "!" + create.eventID.rawValue.dropFirst())
        #expect(create.roomID.rawValue.utf8.count == 44)
        #expect(!text(create.federation).contains("room_id"))
        #expect(create.authEvents.isEmpty)
        #expect(try PDU(parsing: create.federation, version: .v12).roomID == create.roomID)
        // The reference hash, taken by hand: the whole create event is protected, so it is the event less its signatures.
        let signatures = try #require(JSON(parsing: create.federation)["signatures"]?.raw)
        let essence = text(create.federation).replacing(",\"signatures\":" + text(signatures), with: "")
        let hash = Base64.encode(Array(SHA256.hash(data: Array(essence.utf8))), urlSafe: true)
        #expect(create.roomID.rawValue == "!" + hash)
    }

    @Test("two rooms made at different times have different names")
    func twoRooms() throws {
        let room = try TestRoom(.v12)
        var draft = try room.createDraft(["room_version": "12"])
        let first = try TestKey.signer().sign(draft, version: .v12)
        draft.originServerTS += 1
        #expect(try TestKey.signer().sign(draft, version: .v12).roomID != first.roomID)
    }

    @Test("a redaction names its target where the version wants it, and in both places for clients")
    func redactions() throws {
        for version in RoomVersion.allCases {
            let room = try TestRoom(version)
            let event = try TestKey.signer().sign(redaction(in: room), version: version)
            let target = try TestRoom.eventID(42)
            let sent = try JSON(parsing: event.federation)
            #expect((sent["redacts"] != nil) == (version == .v10))
            #expect((sent["content"]?["redacts"] != nil) == (version != .v10))
            #expect(event.redacts == target)
            #expect(
                text(event.client) == """
                    {"content":{"a":1,"redacts":"\(target)","zz":2},"event_id":"\(event.eventID)",\
                    "origin_server_ts":1700000000000,"redacts":"\(target)","sender":"@bob:example.org","type":"m.room.redaction"
                    """)
            let stripped = event.redacted(version: version)
            #expect(stripped.redacts == (version == .v10 ? nil : target))
            #expect(text(stripped.content.raw) == (version == .v10 ? "{}" : "{\"redacts\":\"\(target)\"}"))
        }
    }

    @Test("a redaction whose target is only in its content keeps it", arguments: [RoomVersion.v11, .v12])
    func redactionInContent(_ version: RoomVersion) throws {
        let room = try TestRoom(version)
        let target = try TestRoom.eventID(42)
        let draft = try room.draft(EventType.redaction, by: room.bob, ["redacts": .string(target.rawValue)])
        let event = try TestKey.signer().sign(draft, version: version)
        #expect(event.redacts == target)
        #expect(text(event.client).contains(#""redacts":"\#(target)","sender""#))
    }

    @Test("a redaction of nothing that can exist is an event like others", arguments: RoomVersion.allCases)
    func redactionOfNothing(_ version: RoomVersion) throws {
        let room = try TestRoom(version)
        let event = try TestKey.signer().sign(
            room.draft(EventType.redaction, by: room.bob, ["redacts": "everything"]), version: version)
        #expect(event.redacts == nil)
        #expect(try PDU(parsing: event.federation, version: version).redacts == nil)
    }

    @Test("only a redaction redacts")
    func notARedaction() throws {
        let room = try TestRoom(.v12)
        var draft = try room.message(by: room.bob)
        draft.redacts = try TestRoom.eventID(42)
        #expect(throws: MatrixError.self) { try TestKey.signer().sign(draft, version: .v12) }
    }

    private func redaction(in room: TestRoom) throws -> EventDraft {
        var draft = try room.draft(EventType.redaction, by: room.bob, ["a": 1, "zz": 2])
        draft.redacts = try TestRoom.eventID(42)
        return draft
    }
}
