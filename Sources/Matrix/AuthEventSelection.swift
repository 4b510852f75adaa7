/// A place in the state of a room.
package struct StateSlot: Hashable, Sendable {
    /// The event type.
    package let type: String
    /// The state key.
    package let stateKey: String

    init(_ type: String, _ stateKey: String = "") {
        self.type = type
        self.stateKey = stateKey
    }
}

/// Which events allow an event.
/// [Auth events selection](https://spec.matrix.org/v1.19/server-server-api/#auth-events-selection)
extension AuthorizationRules {
    /// The `auth_events` of a draft in a room with this state, before it is signed.
    package static func authEvents(
        for draft: EventDraft, state: some RoomStateLookup, version: RoomVersion
    ) -> [EventID] {
        slots(for: draft, version: version).compactMap { state.stateEvent($0.type, $0.stateKey)?.eventID }
    }

    /// The places in the state that the algorithm selects, each once.
    package static func slots(for event: some AuthorizableEvent, version: RoomVersion) -> [StateSlot] {
        guard event.type != EventType.create else { return [] }
        var slots: [StateSlot] = version.selectsCreateEvent ? [StateSlot(EventType.create)] : []
        slots.append(StateSlot(EventType.powerLevels))
        slots.append(StateSlot(EventType.member, event.sender.rawValue))
        guard event.type == EventType.member else { return slots }

        func add(_ slot: StateSlot) { if !slots.contains(slot) { slots.append(slot) } }
        if let target = event.stateKey { add(StateSlot(EventType.member, target)) }
        // A content that cannot be read selects nothing more; the rules refuse the event.
        guard let content = try? event.parsedContent() else { return slots }
        let membership = content["membership"]?.string.flatMap(Membership.init(rawValue:))
        if membership == .join || membership == .invite || membership == .knock { add(StateSlot(EventType.joinRules)) }
        if membership == .invite, let token = content["third_party_invite"]?["signed"]?["token"]?.string {
            add(StateSlot(EventType.thirdPartyInvite, token))
        }
        if membership == .join, let authoriser = content["join_authorised_via_users_server"]?.string {
            add(StateSlot(EventType.member, authoriser))
        }
        return slots
    }
}

/// One of the events that an event from elsewhere names as allowing it.
package struct AuthEvent: Sendable {
    /// The event.
    package let event: StateEvent
    /// Its room.
    package let roomID: RoomID
    /// Whether it was itself refused on receipt.
    package let isRejected: Bool

    /// An event and what became of it.
    package init(_ event: StateEvent, roomID: RoomID, isRejected: Bool) {
        self.event = event
        self.roomID = roomID
        self.isRejected = isRejected
    }
}

extension AuthorizationRules {
    /// Checks what an event names as `auth_events`: the rules about them, which `check` leaves out. Throws M_FORBIDDEN.
    package static func checkAuthEvents(
        _ authEvents: [AuthEvent], of event: PDU, version: RoomVersion
    ) throws(MatrixError) {
        guard event.type != EventType.create else { return }
        let selected = slots(for: event, version: version)
        var seen: Set<StateSlot> = []
        for authEvent in authEvents {
            let slot = StateSlot(authEvent.event.type, authEvent.event.stateKey)
            guard seen.insert(slot).inserted else { throw .forbidden("auth_events names the same state twice") }
            guard selected.contains(slot) else { throw .forbidden("auth_events names an event that does not matter") }
            guard !authEvent.isRejected else { throw .forbidden("auth_events names an event that was rejected") }
            guard authEvent.roomID == event.roomID else { throw .forbidden("auth_events names an event of another room") }
        }
        if version.selectsCreateEvent, !seen.contains(StateSlot(EventType.create)) {
            throw .forbidden("auth_events does not name the create event")
        }
    }
}
