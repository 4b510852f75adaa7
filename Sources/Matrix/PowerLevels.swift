/// What people may do in a room: `m.room.power_levels`, with the defaults where it is silent.
/// [m.room.power_levels](https://spec.matrix.org/v1.19/client-server-api/#mroompower_levels)
package struct PowerLevels: Sendable {
    private let content: JSON?
    private let users: JSON?
    private let events: JSON?
    private let creators: RoomCreators?
    private let creatorLevel: Int64?

    /// The levels of a room in this state. Cheap: nothing is copied, values are looked up when asked for.
    package init(state: some RoomStateLookup, version: RoomVersion) {
        self.init(create: state.stateEvent(EventType.create, ""), state: state, version: version)
    }

    init(create: StateEvent?, state: some RoomStateLookup, version: RoomVersion) {
        content = state.stateEvent(EventType.powerLevels, "")?.content
        users = content?["users"]
        events = content?["events"]
        if version.hasPrivilegedCreators {
            creatorLevel = .max
        } else {
            creatorLevel = content == nil ? 100 : nil
        }
        creators = creatorLevel == nil ? nil : create.map { RoomCreators(create: $0, version: version) }
    }

    /// The level of a user; creators of version 12 stand above every number, at `Int64.max`.
    package func level(of user: UserID) -> Int64 {
        if let creatorLevel, let creators, creators.contains(user) { return creatorLevel }
        return users?[user.rawValue]?.int ?? content?["users_default"]?.int ?? 0
    }

    /// The level that sending an event of the type takes.
    package func required(forEvent type: String, isState: Bool) -> Int64 {
        if let level = events?[type]?.int { return level }
        return isState ? value("state_default", default: 50) : value("events_default", default: 0)
    }

    /// The level that inviting takes.
    package var invite: Int64 { value("invite", default: 0) }
    /// The level that removing somebody takes.
    package var kick: Int64 { value("kick", default: 50) }
    /// The level that banning and unbanning take.
    package var ban: Int64 { value("ban", default: 50) }
    /// The level that redacting somebody else's event takes.
    package var redact: Int64 { value("redact", default: 50) }

    /// The level that a notification of many takes; `room` is the one that the specification knows.
    package func notifications(_ key: String) -> Int64 { notifications?[key]?.int ?? Self.usualNotification }

    /// The levels that notifications of many take, as far as the room lists them.
    var notifications: JSON? { content?["notifications"] }
    /// The level of those that it does not list.
    static let usualNotification: Int64 = 50

    private func value(_ key: String, default level: Int64) -> Int64 { content?[key]?.int ?? level }
}

extension PowerLevels {
    /// The content of a new room's power levels. In version 12 creators are not listed, for nothing may list them; the others
    /// of `equals` get what the creator gets. Closing the room takes more than `state_default`, as the specification demands.
    package static func initialContent(creator: UserID, equals: [UserID] = [], version: RoomVersion) -> JSONValue {
        let listed = version.hasPrivilegedCreators ? equals.filter { $0 != creator } : [creator] + equals
        return .object([
            "users": .object(Dictionary(listed.map { ($0.rawValue, JSONValue.int(100)) }) { first, _ in first }),
            "users_default": 0,
            "events": .object([
                "m.room.avatar": 50,
                "m.room.canonical_alias": 50,
                "m.room.encryption": 100,
                "m.room.history_visibility": 100,
                "m.room.name": 50,
                "m.room.power_levels": 100,
                "m.room.server_acl": 100,
                "m.room.tombstone": version.hasPrivilegedCreators ? 150 : 100,
            ]),
            "events_default": 0,
            "state_default": 50,
            "ban": 50,
            "kick": 50,
            "redact": 50,
            "invite": 50,
            "notifications": .object(["room": 50]),
        ])
    }
}
