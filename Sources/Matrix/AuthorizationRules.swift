/// An event that the rules of a room can be asked about.
package protocol AuthorizableEvent: Sendable {
    /// Who acts.
    var sender: UserID { get }
    /// The event type.
    var type: String { get }
    /// Present on state events.
    var stateKey: String? { get }
    /// The room that the event itself names; `nil` where it names none.
    var namedRoomID: RoomID? { get }
    /// The events that this one follows.
    var prevEvents: [EventID] { get }
    /// The content; throws M_BAD_JSON unless it is an object.
    func parsedContent() throws(MatrixError) -> JSON
    /// Whether the server signed the event, or will.
    func isSigned(by server: ServerName) -> Bool
}

extension EventDraft: AuthorizableEvent {
    package var namedRoomID: RoomID? { roomID }
    package func isSigned(by server: ServerName) -> Bool { sender.serverName == server }
}

extension PDU: AuthorizableEvent {
    package var namedRoomID: RoomID? { fields.roomID }
    package func parsedContent() throws(MatrixError) -> JSON { content }
    /// Names only. The server signs every event itself; whoever takes events from elsewhere proves their signatures with
    /// `EventSigner.examine` before the rules are asked.
    package func isSigned(by server: ServerName) -> Bool { signatures[server.rawValue]?.isEmpty == false }
}

/// The rules that say which events a room accepts. Nothing is kept between calls.
/// [Authorisation rules](https://spec.matrix.org/v1.19/rooms/v12/#authorisation-rules)
package enum AuthorizationRules {
    /// Returns when the state allows the event; throws M_FORBIDDEN with a sentence when it does not. The state is the one
    /// before the event. What the event itself names as `auth_events` is the matter of `checkAuthEvents`.
    package static func check<Event: AuthorizableEvent, State: RoomStateLookup>(
        _ event: Event, state: State, version: RoomVersion
    ) throws(MatrixError) {
        guard event.type != EventType.create else { return try checkCreate(event, version: version) }
        guard let create = state.stateEvent(EventType.create, "") else { throw .forbidden("the room was never created") }
        if version.namesRoomAfterCreateEvent {
            guard let roomID = event.namedRoomID, roomID == RoomID(createEvent: create.eventID) else {
                throw .forbidden("the room ID is not that of the create event")
            }
        }
        if create.content["m.federate"]?.bool == false, event.sender.serverName != create.sender.serverName {
            throw .forbidden("the room is not open to other servers")
        }
        try Check(event: event, state: state, version: version, create: create).run()
    }

    /// One event before one state. The rules for each event type are in a file of their own.
    struct Check<Event: AuthorizableEvent, State: RoomStateLookup> {
        let event: Event
        let state: State
        let version: RoomVersion
        let create: StateEvent

        var powers: PowerLevels { PowerLevels(create: create, state: state, version: version) }

        fileprivate func run() throws(MatrixError) {
            guard event.type != EventType.member else { return try checkMember() }
            guard state.membership(of: event.sender.rawValue) == .join else { throw .forbidden("you are not in the room") }
            let powers = powers
            let own = powers.level(of: event.sender)
            if event.type == EventType.thirdPartyInvite {
                guard own >= powers.invite else { throw .forbidden("your power level is too low to invite") }
                return
            }
            guard own >= powers.required(forEvent: event.type, isState: event.stateKey != nil) else {
                throw .forbidden("your power level is too low for this event")
            }
            if let stateKey = event.stateKey?.utf8, stateKey.first == UInt8(ascii: "@"),
                !stateKey.elementsEqual(event.sender.rawValue.utf8)
            {
                throw .forbidden("this state belongs to somebody else")
            }
            if event.type == EventType.powerLevels { try checkPowerLevels(own: own) }
        }
    }
}
