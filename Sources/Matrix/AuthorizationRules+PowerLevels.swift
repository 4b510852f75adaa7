/// The rules for `m.room.power_levels`.
extension AuthorizationRules.Check {
    func checkPowerLevels(own: Int64) throws(MatrixError) {
        let content = try event.parsedContent()
        let new = try PowerLevelTable(checking: content)
        try checkUsers(new.users)
        guard let event = state.stateEvent(EventType.powerLevels, "") else { return }
        let old = PowerLevelTable(reading: event.content)
        try checkChanges(from: old.singles, to: new.singles, own: own)
        try checkChanges(from: old.events, to: new.events, own: own)
        try checkChanges(from: old.notifications, to: new.notifications, own: own)
        let sender = Array(self.event.sender.rawValue.utf8)
        for (user, level) in old.users where new.users[user] != level && user != sender {
            guard level < own else { throw .forbidden("somebody whose power level is not below yours keeps it") }
        }
        for (user, level) in new.users where old.users[user] != level {
            guard level <= own else { throw .forbidden("nobody gives a power level above the own") }
        }
    }

    private func checkUsers(_ users: Levels) throws(MatrixError) {
        guard users.keys.allSatisfy({ AuthorizationRules.isUserID(String(decoding: $0, as: UTF8.self)) }) else {
            throw .forbidden("users has a key that is not a user ID")
        }
        guard version.hasPrivilegedCreators else { return }
        for creator in RoomCreators(create: create, version: version).users where users[Array(creator.utf8)] != nil {
            throw .forbidden("creators are not listed in users")
        }
    }

    private func checkChanges(from old: Levels, to new: Levels, own: Int64) throws(MatrixError) {
        for (key, level) in old where new[key] != level {
            guard level <= own else { throw .forbidden("a level above your power level stays as it is") }
        }
        for (key, level) in new where old[key] != level {
            guard level <= own else { throw .forbidden("nobody sets a level above the own") }
        }
    }
}

/// Levels by name. The bytes of the name count: texts that Unicode holds for equal are different entries.
private typealias Levels = [[UInt8]: Int64]

/// The numbers of a power levels event, made comparable.
private struct PowerLevelTable {
    var singles: Levels = [:]
    var events: Levels = [:]
    var notifications: Levels = [:]
    var users: Levels = [:]

    private static let names = ["users_default", "events_default", "state_default", "ban", "redact", "kick", "invite"]

    /// The numbers of a new event; throws M_FORBIDDEN for anything that is not an integer.
    init(checking content: JSON) throws(MatrixError) {
        for name in PowerLevelTable.names {
            guard let value = content[name] else { continue }
            guard let level = value.int else { throw .forbidden("\(name) is not an integer") }
            singles[Array(name.utf8)] = level
        }
        events = try PowerLevelTable.map(content["events"], "events")
        notifications = try PowerLevelTable.map(content["notifications"], "notifications")
        users = try PowerLevelTable.map(content["users"], "users")
    }

    /// The numbers of an event that was accepted before.
    init(reading content: JSON) {
        for name in PowerLevelTable.names { singles[Array(name.utf8)] = content[name]?.int }
        events = PowerLevelTable.map(content["events"])
        notifications = PowerLevelTable.map(content["notifications"])
        users = PowerLevelTable.map(content["users"])
    }

    private static func map(_ object: JSON?, _ name: String) throws(MatrixError) -> Levels {
        guard let object else { return [:] }
        guard object.kind == .object else { throw .forbidden("\(name) is not an object") }
        let levels = map(object)
        guard levels.count == object.count else { throw .forbidden("\(name) holds something that is not an integer") }
        return levels
    }

    private static func map(_ object: JSON?) -> Levels {
        var levels: Levels = [:]
        guard let object else { return levels }
        for (key, value) in object.members { levels[Array(key.utf8)] = value.int }
        return levels
    }
}
