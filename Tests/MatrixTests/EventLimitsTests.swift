import Crypto
import Testing

@testable import Matrix

@Suite("Limits of events, and hostile ones")
struct EventLimitsTests {
    @Test("65,536 bytes pass and one more does not", arguments: RoomVersion.allCases)
    func eventBytes(_ version: RoomVersion) throws {
        let room = try TestRoom(version)
        let signer = try TestKey.signer()
        func message(_ count: Int) throws -> EventDraft {
            try room.draft("m.room.message", by: room.bob, ["body": .string(String(repeating: "x", count: count))])
        }
        let rest = try signer.sign(message(0), version: version).federation.count
        let largest = try signer.sign(message(65_536 - rest), version: version)
        #expect(largest.federation.count == 65_536)
        #expect(try PDU(parsing: largest.federation, version: version).eventID == largest.eventID)
        #expect { try signer.sign(message(65_537 - rest), version: version) } throws: { isTooLarge($0) }
        let longer = text(largest.federation).replacing("xxx", with: "xxxx", maxReplacements: 1)
        #expect { try PDU(parsing: Array(longer.utf8), version: version) } throws: { isTooLarge($0) }
    }

    @Test("255 bytes of type and state key pass and one more does not", arguments: RoomVersion.allCases)
    func fieldBytes(_ version: RoomVersion) throws {
        let room = try TestRoom(version)
        let signer = try TestKey.signer()
        let longest = String(repeating: "é", count: 127) + "x"
        let event = try signer.sign(room.draft(longest, longest, by: room.alice), version: version)
        #expect(try PDU(parsing: event.federation, version: version).type == longest)
        for (type, stateKey) in [(longest + "x", "x"), ("x", longest + "x")] {
            #expect { try signer.sign(room.draft(type, stateKey, by: room.alice), version: version) } throws: { isTooLarge($0) }
        }
        let longer = text(event.federation).replacing("éx\"", with: "éxx\"")
        #expect { try PDU(parsing: Array(longer.utf8), version: version) } throws: { isTooLarge($0) }
    }

    private func isTooLarge(_ error: any Error) -> Bool { (error as? MatrixError)?.code == .tooLarge }

    @Test("a draft out of bounds is refused")
    func drafts() throws {
        let room = try TestRoom(.v12)
        var drafts: [EventDraft] = []
        func add(_ change: (inout EventDraft) throws -> Void) throws {
            var draft = try room.message(by: room.bob)
            try change(&draft)
            drafts.append(draft)
        }
        try add { $0.depth = -1 }
        try add { $0.depth = .max }
        try add { $0.originServerTS = .min }
        try add { $0.prevEvents = try (1...21).map(TestRoom.eventID) }
        try add { $0.authEvents = try (1...11).map(TestRoom.eventID) }
        try add { $0.content = Array("[]".utf8) }
        try add { $0.content = Array("{".utf8) }
        try add { $0.content = [] }
        try add { $0.content = Array((String(repeating: "[", count: 64) + String(repeating: "]", count: 64)).utf8) }
        for draft in drafts { #expect(throws: MatrixError.self) { try TestKey.signer().sign(draft, version: .v12) } }
        var deepest = try room.message(by: room.bob)
        deepest.depth = EventLimits.depth
        deepest.content = Array("{\"a\":\(String(repeating: "[", count: 62))\(String(repeating: "]", count: 62))}".utf8)
        let event = try TestKey.signer().sign(deepest, version: .v12)
        #expect(try PDU(parsing: event.federation, version: .v12).eventID == event.eventID)
    }

    @Test("an event without what its version wants is refused", arguments: RoomVersion.allCases)
    func missing(_ version: RoomVersion) throws {
        for key in [
            "auth_events", "content", "depth", "hashes", "origin_server_ts", "prev_events", "room_id", "sender",
            "signatures", "type",
        ] {
            #expect(throws: MatrixError.self, "\(key)") { try parse(version) { $0[key] = nil } }
        }
    }

    @Test("a field of another kind is refused", arguments: RoomVersion.allCases)
    func wrongKinds(_ version: RoomVersion) throws {
        let wrong: [JSONValue] = [nil, true, 3, "x", [3], ["x"], ["a": 3], ["a": "x"], ["a": ["b": 3]], .raw(Array("1.5".utf8))]
        let right: [String: Set<JSONValue>] = [
            "content": [["a": 3], ["a": "x"], ["a": ["b": 3]]], "depth": [3], "origin_server_ts": [3], "type": ["x"],
            "state_key": ["x"],
        ]
        for key in [
            "auth_events", "content", "depth", "hashes", "origin_server_ts", "prev_events", "room_id", "sender",
            "signatures", "type", "state_key",
        ] {
            for value in wrong where right[key]?.contains(value) != true {
                #expect(throws: MatrixError.self, "\(key) \(value)") { try parse(version) { $0[key] = value } }
            }
        }
    }

    @Test("numbers that canonical JSON has not are refused anywhere", arguments: ["1.5", "1e3", "9007199254740992", "-0.0"])
    func numbers(_ number: String) throws {
        #expect(throws: MatrixError.self) {
            try parse(.v12) { $0["content"] = ["a": .array([.raw(Array(number.utf8))])] }
        }
    }

    @Test("lists that are too long, and IDs that are none, are refused")
    func lists() throws {
        let ids = try (1...21).map { JSONValue.string(try TestRoom.eventID($0).rawValue) }
        #expect(throws: MatrixError.self) { try parse(.v12) { $0["prev_events"] = .array(ids) } }
        #expect(throws: MatrixError.self) { try parse(.v12) { $0["auth_events"] = .array(Array(ids.prefix(11))) } }
        for id in ["$old:example.org", "!room:example.org", "$", ""] {
            #expect(throws: MatrixError.self) { try parse(.v12) { $0["prev_events"] = .array([.string(id)]) } }
        }
        #expect(throws: MatrixError.self) { try parse(.v12) { $0["depth"] = -1 } }
    }

    @Test("whatever mallory sends, parsing answers", arguments: RoomVersion.allCases)
    func hostile(_ version: RoomVersion) throws {
        let room = try TestRoom(version)
        let event = try TestKey.signer().sign(
            room.draft(EventType.member, room.bob.rawValue, by: room.bob, ["membership": "join", "third_party_invite": 3]),
            version: version)
        var random = SystemRandomNumberGenerator()
        for cut in 0..<event.federation.count {
            #expect(throws: MatrixError.self) { try PDU(parsing: Array(event.federation.prefix(cut)), version: version) }
            var bytes = event.federation
            bytes[cut] = UInt8.random(in: 0...255, using: &random)
            // Either answer is fine; that there is one is the promise.
            guard let parsed = try? PDU(parsing: bytes, version: version) else { continue }
            _ = parsed.redacted(version: version)
            _ = try? AuthorizationRules.check(parsed, state: room, version: version)
            _ = EventSigner.verify(parsed, version: version, key: try TestKey.signing().publicKey)
        }
        for text in ["", "[]", "null", "{}", "\u{FEFF}{}", String(repeating: "[", count: 100_000), "{\"content\":{}}"] {
            #expect(throws: MatrixError.self) { try PDU(parsing: Array(text.utf8), version: version) }
        }
    }

    private func parse(_ version: RoomVersion, _ change: (inout [String: JSONValue]) -> Void) throws {
        let room = try TestRoom(version)
        let event = try TestKey.signer().sign(room.message(by: room.bob), version: version)
        guard case .object(var members) = JSONValue(try JSON(parsing: event.federation)) else { return }
        change(&members)
        _ = try PDU(parsing: JSONValue.object(members).canonical(), version: version)
    }
}
