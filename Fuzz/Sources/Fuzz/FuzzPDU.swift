import Crypto
import Matrix

/// Whatever is read as an event keeps its ID through canonical form and redaction, and the rules of no room stumble over it.
func fuzzPDU(_ bytes: [UInt8]) {
    for world in worlds {
        guard let event = try? PDU(parsing: bytes, version: world.version) else { continue }
        check(event, in: world)
    }
}

private func check(_ event: PDU, in world: World) {
    let version = world.version
    promise(try PDU(parsing: event.federation, version: version).eventID == event.eventID, "the federation form is the event")
    promise(
        try PDU(parsing: event.federation, version: version).federation == event.federation, "the federation form is canonical")
    promise(
        try JSON(parsing: event.client + [UInt8(ascii: "}")])["event_id"]?.string == event.eventID.rawValue, "clients get JSON")

    let redacted = event.redacted(version: version)
    promise(redacted.eventID == event.eventID, "a redacted event keeps its ID")
    promise(redacted.redacted(version: version).federation == redacted.federation, "redacting twice is redacting once")
    promise(try JSON(parsing: redacted.client + [UInt8(ascii: "}")]).kind == .object, "clients get JSON of redacted events")
    promise(
        try PDU(parsing: redacted.federation, version: version).eventID == event.eventID, "what a redaction leaves is the event")

    for state in world.states {
        // Refusals are as good as permissions here: the rules must only come to an end.
        _ = try? AuthorizationRules.check(event, state: state, version: version)
    }
    _ = AuthorizationRules.slots(for: event, version: version)
    promise(!EventSigner.verify(event, version: version, key: strangerKey), "nobody has signed with a stranger's key")

    guard let stateEvent = StateEvent(event, position: 1) else { return }
    // The event as part of the state: hostile power levels, members and join rules.
    for state in world.states {
        let changed = state.with(stateEvent)
        let powers = PowerLevels(state: changed, version: version)
        _ = (powers.level(of: world.alice), powers.required(forEvent: event.type, isState: true), powers.invite, powers.kick)
        for probe in world.probes { _ = try? AuthorizationRules.check(probe, state: changed, version: version) }
    }
}

/// A private key that signs nothing.
private let strangerKey = Curve25519.Signing.PrivateKey().publicKey

private let worlds: [World] = RoomVersion.allCases.compactMap { try? World($0) }

/// Rooms of one version: without anything, private with bob invited, and public.
private struct World: Sendable {
    let version: RoomVersion
    let alice: UserID
    let states: [State]
    let probes: [EventDraft]

    init(_ version: RoomVersion) throws {
        self.version = version
        let (alice, bob) = (try UserID(parsing: "@alice:example.org"), try UserID(parsing: "@bob:example.org"))
        self.alice = alice
        let create = try EventID(parsing: "$" + String(repeating: "A", count: 43))
        var state = State()
        func set(_ type: String, _ key: String, _ sender: UserID, _ content: JSONValue) throws {
            let event = try StateEvent(
                eventID: create, sender: sender, type: type, stateKey: key, content: JSON(parsing: content.canonical()),
                position: 0)
            state = state.with(event)
        }
        var states = [state]
        try set("m.room.create", "", alice, ["creator": .string(alice.rawValue), "room_version": .string(version.rawValue)])
        try set("m.room.member", alice.rawValue, alice, ["membership": "join"])
        states.append(state)
        try set(
            "m.room.power_levels", "", alice,
            version == .v12
                ? ["users": [:]] : ["users": .object([alice.rawValue: 100]), "invite": 50, "events": ["m.room.name": 75]])
        try set("m.room.join_rules", "", alice, ["join_rule": "knock_restricted"])
        try set("m.room.member", bob.rawValue, alice, ["membership": "invite"])
        states.append(state)
        try set("m.room.member", bob.rawValue, bob, ["membership": "join"])
        try set("m.room.join_rules", "", alice, ["join_rule": "public"])
        states.append(state)
        self.states = states

        let roomID = version == .v12 ? RoomID(createEvent: create) : try RoomID(parsing: "!room:example.org")
        func draft(_ type: String, _ key: String?, _ sender: UserID, _ content: JSONValue) -> EventDraft {
            EventDraft(
                roomID: roomID, sender: sender, type: type, stateKey: key, content: content.canonical(),
                originServerTS: 0, depth: 1, prevEvents: [create])
        }
        probes = [
            draft("m.room.message", nil, bob, ["body": "hello"]),
            draft("m.room.member", bob.rawValue, bob, ["membership": "join"]),
            draft("m.room.member", bob.rawValue, alice, ["membership": "ban"]),
            draft("m.room.power_levels", "", bob, ["users": .object([bob.rawValue: 100])]),
        ]
    }
}

private struct State: RoomStateLookup, Sendable {
    private var events: [StateEvent] = []

    func stateEvent(_ type: String, _ stateKey: String) -> StateEvent? {
        events.last { $0.type == type && $0.stateKey == stateKey }
    }

    func with(_ event: StateEvent) -> State {
        var copy = self
        copy.events.append(event)
        return copy
    }
}
