import Crypto
import FoundationEssentials

@testable import Matrix

/// A room in memory: alice made it, bob is in it, mallory is not.
struct TestRoom: RoomStateLookup, Sendable {
    let version: RoomVersion
    let roomID: RoomID
    let alice, bob, mallory, stranger: UserID
    private var state: [StateSlot: StateEvent] = [:]
    private var count = 0

    init(_ version: RoomVersion) throws {
        self.version = version
        alice = try UserID(parsing: "@alice:example.org")
        bob = try UserID(parsing: "@bob:example.org")
        mallory = try UserID(parsing: "@mallory:example.org")
        stranger = try UserID(parsing: "@mallory:elsewhere.example")
        let create = try TestRoom.eventID(1)
        roomID = try version == .v12 ? RoomID(createEvent: create) : RoomID(parsing: "!room:example.org")
        try self.create(["room_version": .string(version.rawValue)])
        try member(alice, "join")
        try powerLevels([:])
        try joinRule("invite")
        try member(bob, "join")
    }

    static func eventID(_ number: Int) throws -> EventID {
        let name = String(number)
        return try EventID(parsing: "$" + name + String(repeating: "A", count: 43 - name.utf8.count))
    }

    func stateEvent(_ type: String, _ stateKey: String) -> StateEvent? { state[StateSlot(type, stateKey)] }

    func eventID(of type: String, _ stateKey: String = "") throws -> EventID {
        try stateEvent(type, stateKey)?.eventID ?? TestRoom.eventID(999)
    }

    mutating func set(_ type: String, _ stateKey: String = "", by sender: UserID? = nil, to content: JSONValue) throws {
        count += 1
        state[StateSlot(type, stateKey)] = StateEvent(
            eventID: try type == EventType.create ? TestRoom.eventID(1) : TestRoom.eventID(100 + count), sender: sender ?? alice,
            type: type, stateKey: stateKey, content: try JSON(parsing: content.canonical()), position: Int64(count))
    }

    mutating func remove(_ type: String, _ stateKey: String = "") { state[StateSlot(type, stateKey)] = nil }

    mutating func create(_ content: [String: JSONValue]) throws {
        var content = content
        if version == .v10, content["creator"] == nil { content["creator"] = .string(alice.rawValue) }
        try set(EventType.create, to: .object(content))
    }

    mutating func member(_ user: UserID, _ membership: String) throws {
        try set(EventType.member, user.rawValue, by: user, to: ["membership": .string(membership)])
    }

    mutating func joinRule(_ rule: String) throws { try set(EventType.joinRules, to: ["join_rule": .string(rule)]) }

    /// Sets the power levels; alice has 100 where the version does not put her above all numbers.
    mutating func powerLevels(_ content: [String: JSONValue], users: [UserID: Int64] = [:]) throws {
        try set(EventType.powerLevels, to: levels(content, users: users))
    }

    func levels(_ content: [String: JSONValue], users: [UserID: Int64] = [:]) -> JSONValue {
        var content = content
        var listed: [String: JSONValue] = [:]
        for (user, level) in users { listed[user.rawValue] = .int(level) }
        if version != .v12, users[alice] == nil { listed[alice.rawValue] = 100 }
        content["users"] = .object(listed)
        return .object(content)
    }

    func draft(
        _ type: String, _ stateKey: String? = nil, by sender: UserID, _ content: JSONValue = [:], prevEvents: [EventID]? = nil
    ) throws -> EventDraft {
        EventDraft(
            roomID: roomID, sender: sender, type: type, stateKey: stateKey, content: content.canonical(),
            originServerTS: 1_700_000_000_000, depth: 7, prevEvents: try prevEvents ?? [TestRoom.eventID(77)])
    }

    func message(by sender: UserID, type: String = "m.room.message") throws -> EventDraft {
        try draft(type, by: sender, ["body": "hello", "msgtype": "m.text"])
    }

    func membership(
        _ membership: JSONValue, of target: UserID, by sender: UserID? = nil, _ more: [String: JSONValue] = [:],
        prevEvents: [EventID]? = nil
    ) throws -> EventDraft {
        var content = more
        content["membership"] = membership
        return try draft(
            EventType.member, target.rawValue, by: sender ?? target, .object(content), prevEvents: prevEvents)
    }

    func createDraft(_ content: [String: JSONValue], creator: JSONValue? = nil) throws -> EventDraft {
        var content = content
        if version == .v10 { content["creator"] = creator ?? .string(alice.rawValue) }
        var draft = try draft(EventType.create, "", by: alice, .object(content), prevEvents: [])
        if version == .v12 { draft.roomID = nil }
        return draft
    }
}

/// Keys made of the seed that the specification prints for its vectors, and of others like it.
enum TestKey {
    static func signing() throws -> Curve25519.Signing.PrivateKey {
        let seed = Base64.decode("YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA1") ?? []
        return try Curve25519.Signing.PrivateKey(rawRepresentation: seed)
    }

    static func other() throws -> Curve25519.Signing.PrivateKey {
        try Curve25519.Signing.PrivateKey(rawRepresentation: Array(repeating: 7, count: 32))
    }

    static func signer(_ serverName: String = "example.org") throws -> EventSigner {
        try EventSigner(serverName: ServerName(parsing: serverName), keyID: "ed25519:1", key: signing())
    }
}

extension JSON {
    init(text: String) throws { try self.init(parsing: Array(text.utf8)) }
}

func text(_ bytes: some Collection<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
