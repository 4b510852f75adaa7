import Crypto
import FoundationEssentials
import Testing

@testable import Matrix

@Suite("Signing events and JSON")
struct EventSigningTests {
    @Test(
        "the vectors for signed JSON come out as printed",
        arguments: [
            (
                "{}",
                #"{"signatures":{"domain":{"ed25519:1":"K8280/U9SSy9IVtjBuVeLr+HpOB4BQFWbg+UZaADMtTdGYI7Geitb76LTrr5QV/7Xg4ahLwYGYZzuHGZKM5ZAQ"}}}"#
            ),
            (
                #"{ "one": 1, "two": "Two" }"#,
                #"{"one":1,"signatures":{"domain":{"ed25519:1":"KqmLSbO39/Bzb0QIYE82zqLwsA+PDzYIpIRA2sRQ4sL53+sN6/fpNSoqE7BP7vBZhG6kYdD13EIMJpvhJI+6Bw"}},"two":"Two"}"#
            ),
        ])
    func jsonVector(_ object: String, _ signed: String) throws {
        let signer = try TestKey.signer("domain")
        #expect(text(try signer.sign(JSON(text: object))) == signed)
        let key = try TestKey.signing().publicKey
        #expect(SignedJSON.isSigned(try JSON(text: signed), byAnyOf: [try TestKey.other().publicKey, key]))
        #expect(!SignedJSON.isSigned(try JSON(text: signed), byAnyOf: [try TestKey.other().publicKey]))
        #expect(!SignedJSON.isSigned(try JSON(text: object), byAnyOf: [key]))
    }

    @Test("a second signature joins the first, and unsigned is not covered")
    func secondSignature() throws {
        let first = try TestKey.signer("domain").sign(JSON(text: #"{"a":1,"unsigned":{"age":1}}"#))
        let other = EventSigner(serverName: try ServerName(parsing: "other"), keyID: "2", key: try TestKey.other())
        let both = try JSON(parsing: other.sign(JSON(parsing: first)))
        #expect(both["signatures"]?["domain"]?["ed25519:1"] != nil)
        #expect(both["signatures"]?["other"]?["ed25519:2"] != nil)
        #expect(both["unsigned"]?["age"]?.int == 1)
        #expect(SignedJSON.isSigned(both, byAnyOf: [try TestKey.other().publicKey]))
        #expect(SignedJSON.isSigned(both, byAnyOf: [try TestKey.signing().publicKey]))
    }

    @Test("the minimal event of the specification has the printed hash and signature")
    func minimalVector() throws {
        let signed = """
            {"auth_events":[],"content":{},"depth":3,"hashes":{"sha256":"5jM4wQpv6lnBo7CLIghJuHdW+s2CMBJPUOGOC89ncos"},\
            "origin":"domain","origin_server_ts":1000000,"prev_events":[],"room_id":"!x:domain","sender":"@a:domain",\
            "signatures":{"domain":{"ed25519:1":"KxwGjPSDEtvnFgU00fwFz+l6d2pJM6XBIaMEn81SXPTRl16AqLAYqfIReFGZlHi5KLjAWbOoMszkwsQma+lYAg"}},\
            "type":"X","unsigned":{"age_ts":1000000}}
            """
        let event = try PDU(parsing: Array(signed.utf8), version: .v10)
        #expect(EventHash.content(of: try JSON(text: signed)) == event.hashes["sha256"])
        #expect(EventSigner.verify(event, version: .v10, key: try TestKey.signing().publicKey))
        // Later versions protect `origin` no longer, so the same signature does not hold there.
        #expect(!EventSigner.verify(event, version: .v11, key: try TestKey.signing().publicKey))
        try expectSigned(signed, version: .v10)
    }

    @Test("the event with content of the specification has the printed hash and signature")
    func contentVector() throws {
        try expectSigned(
            """
            {"content":{"body":"Here is the message content"},"event_id":"$0:domain",\
            "hashes":{"sha256":"onLKD1bGljeBWQhWZ1kaP9SorVmRQNdN5aM2JYU2n/g"},"origin":"domain","origin_server_ts":1000000,\
            "room_id":"!r:domain","sender":"@u:domain",\
            "signatures":{"domain":{"ed25519:1":"Wm+VzmOUOz08Ds+0NTWb1d4CZrVsJSikkeRxh6aCcUwu6pNC78FunoD7KNWzqFn241eYHYMGCA5McEiVPdhzBA"}},\
            "type":"m.room.message","unsigned":{"age_ts":1000000}}
            """, version: .v10)
    }

    /// Hashes and signs what the vector shows, piece by piece, and compares.
    private func expectSigned(_ vector: String, version: RoomVersion) throws {
        let event = try JSON(text: vector)
        #expect(event["hashes"]?["sha256"]?.string == EventHash.content(of: event))
        let essence = Redaction.event(event, version: version, keepingSignatures: false)
        let signed = try JSON(parsing: TestKey.signer("domain").sign(JSON(parsing: essence)))
        #expect(signed["signatures"]?.raw == event["signatures"]?.raw)
    }

    @Test("a signed event verifies, and is canonical", arguments: RoomVersion.allCases)
    func signed(_ version: RoomVersion) throws {
        let room = try TestRoom(version)
        let event = try TestKey.signer().sign(room.message(by: room.bob), version: version)
        #expect(EventSigner.verify(event, version: version, key: try TestKey.signing().publicKey))
        #expect(try JSON(parsing: event.federation).canonical() == event.federation)
        #expect(event.hashes["sha256"] == EventHash.content(of: try JSON(parsing: event.federation)))
        #expect(!EventSigner.verify(event, version: version, key: try TestKey.other().publicKey))
        let elsewhere = try ServerName(parsing: "elsewhere.example")
        #expect(
            EventSigner.examine(event, version: version, server: elsewhere, key: try TestKey.signing().publicKey) == .forged)
    }

    @Test(
        "mallory changes any field and is found out",
        arguments: [
            (#""type":"m.room.message""#, #""type":"m.room.mallory""#), (#""depth":7"#, #""depth":8"#),
            (#""sender":"@bob:"#, #""sender":"@eve:"#), (#""origin_server_ts":17"#, #""origin_server_ts":18"#),
            (#""auth_events":[]"#, #""auth_events":["$1AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"]"#),
            (#""sha256":""#, #""sha257":"","sha256":""#),
        ], RoomVersion.allCases)
    func tampered(_ change: (String, String), _ version: RoomVersion) throws {
        let room = try TestRoom(version)
        let event = try TestKey.signer().sign(room.message(by: room.bob), version: version)
        let bytes = text(event.federation).replacing(change.0, with: change.1)
        #expect(bytes != text(event.federation))
        let forged = try PDU(parsing: Array(bytes.utf8), version: version)
        #expect(forged.eventID != event.eventID)
        let server = event.sender.serverName
        let key = try TestKey.signing().publicKey
        #expect(EventSigner.examine(forged, version: version, server: server, key: key) == .forged)
    }

    @Test("changed content is a redacted copy at best", arguments: RoomVersion.allCases)
    func changedContent(_ version: RoomVersion) throws {
        let room = try TestRoom(version)
        let event = try TestKey.signer().sign(room.message(by: room.bob), version: version)
        let forged = try PDU(
            parsing: Array(text(event.federation).replacing("hello", with: "malice").utf8), version: version)
        #expect(forged.eventID == event.eventID)
        let key = try TestKey.signing().publicKey
        #expect(!EventSigner.verify(forged, version: version, key: key))
        #expect(EventSigner.examine(forged, version: version, server: event.sender.serverName, key: key) == .redacted)
    }

    @Test("a signature under another algorithm's name does not count")
    func otherAlgorithm() throws {
        let room = try TestRoom(.v12)
        let event = try TestKey.signer().sign(room.message(by: room.bob), version: .v12)
        let renamed = text(event.federation).replacing("ed25519:1", with: "rot13:1")
        let parsed = try PDU(parsing: Array(renamed.utf8), version: .v12)
        #expect(!EventSigner.verify(parsed, version: .v12, key: try TestKey.signing().publicKey))
    }

    @Test("nobody signs for the people of another server")
    func otherServer() throws {
        let room = try TestRoom(.v12)
        #expect(throws: MatrixError.forbidden("a server signs for its own people only")) {
            try TestKey.signer("elsewhere.example").sign(room.message(by: room.bob), version: .v12)
        }
    }

    @Test("a draft names a room exactly where its version wants one")
    func roomIDs() throws {
        for version in RoomVersion.allCases {
            let room = try TestRoom(version)
            var message = try room.message(by: room.bob)
            message.roomID = nil
            #expect(throws: MatrixError.self) { try TestKey.signer().sign(message, version: version) }
            var create = try room.createDraft([:])
            create.roomID = version == .v12 ? room.roomID : nil
            #expect(throws: MatrixError.self) { try TestKey.signer().sign(create, version: version) }
        }
    }
}
