/// What the room versions change about the form of an event.
extension RoomVersion {
    /// The room ID is the ID of the create event with another sigil, and the create event itself names no room.
    package var namesRoomAfterCreateEvent: Bool {
        switch self {
        case .v10, .v11: false
        case .v12: true
        }
    }

    /// A redaction names its target inside its content; earlier it did so beside it.
    package var keepsRedactsInContent: Bool {
        switch self {
        case .v10: false
        case .v11, .v12: true
        }
    }

    /// The creator is the `creator` of the create event's content; later it is the event's sender.
    package var namesCreatorInContent: Bool {
        switch self {
        case .v10: true
        case .v11, .v12: false
        }
    }

    /// Creators stand above every level, cannot be demoted, and the create event may name more of them.
    package var hasPrivilegedCreators: Bool {
        switch self {
        case .v10, .v11: false
        case .v12: true
        }
    }

    /// Other events name the create event among their `auth_events`; later the room ID says it.
    var selectsCreateEvent: Bool { !namesRoomAfterCreateEvent }
}

/// What a redaction leaves of the content.
enum ProtectedContent: Equatable {
    case nothing
    case everything
    case keys([String])
}

/// What the room versions protect from redaction.
extension RoomVersion {
    /// Whether a redaction keeps the top-level field.
    func protects(field: String) -> Bool {
        switch field {
        case "auth_events", "content", "depth", "event_id", "hashes", "origin_server_ts", "prev_events", "room_id", "sender",
            "signatures", "state_key", "type":
            true
        case "membership", "origin", "prev_state": self == .v10
        default: false
        }
    }

    /// The part of the content that a redaction keeps for events of this type.
    func protectedContent(of type: String) -> ProtectedContent {
        switch type {
        case EventType.member:
            .keys(["join_authorised_via_users_server", "membership"] + (protectsMore ? ["third_party_invite"] : []))
        case EventType.create: protectsMore ? .everything : .keys(["creator"])
        case EventType.joinRules: .keys(["allow", "join_rule"])
        case EventType.powerLevels:
            .keys(
                ["ban", "events", "events_default", "kick", "redact", "state_default", "users", "users_default"]
                    + (protectsMore ? ["invite"] : []))
        case EventType.historyVisibility: .keys(["history_visibility"])
        case EventType.redaction: protectsMore ? .keys(["redacts"]) : .nothing
        default: .nothing
        }
    }

    private var protectsMore: Bool { self != .v10 }
}
