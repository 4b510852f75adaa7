import Matrix
import Storage

extension PushRules {
    /// Gives a room the rules that another one has: its `room` rule, and the `override` rule of its name, with which clients mute
    /// a room. What the new room has already stays; a rule that finds no room any more, or grows too large with the other name, is
    /// left out, since nobody must be kept out of a room by a rule.
    mutating func follow(from old: RoomID, to new: RoomID) throws {
        for kind in [PushRuleKind.room, .override] {
            let rules = rules(kind)
            guard let rule = rules.first(where: { $0.id == old.rawValue }), !rules.contains(where: { $0.id == new.rawValue })
            else {
                continue
            }
            do { try put(Self.moved(rule, kind, from: old, to: new), kind, at: .after(rule.id)) } catch is MatrixError {
                continue
            }
            if !rule.isEnabled { try set(new.rawValue, kind, enabled: false) }
        }
    }

    private static func moved(_ rule: PushRule, _ kind: PushRuleKind, from old: RoomID, to new: RoomID) throws -> PushRule {
        var writer = JSONWriter()
        // Only the owner's own rules are moved, and nothing in those depends on who the owner is.
        rule.append(to: &writer, for: try UserID(parsing: "@nobody:invalid"))
        guard case .object(var members) = JSONValue(try JSON(parsing: writer.bytes)) else { throw RoomReadError.damaged }
        if case .array(let conditions)? = members["conditions"] {
            members["conditions"] = .array(
                conditions.map { condition in
                    guard case .object(var parts) = condition, parts["key"] == "room_id",
                        parts["pattern"] == .string(old.rawValue)
                    else { return condition }
                    parts["pattern"] = .string(new.rawValue)
                    return .object(parts)
                })
        }
        return try PushRule(new.rawValue, kind, parsing: JSON(parsing: JSONValue.object(members).canonical()))
    }
}

extension PushRuleActions {
    /// Gives a room the rules that a person has for the room that it replaces.
    static func follow(_ person: Int64, from old: RoomID, to new: RoomID, _ tx: Transaction) throws {
        let before = try PushQueries.settings(of: person, tx).rules
        var rules = before
        try rules.follow(from: old, to: new)
        guard rules != before else { return }
        let position = try tx.nextPosition()
        try PushQueries.set(rules, of: person, at: position, tx)
        try PushAudience.settingsChanged(of: person, at: position, tx)
    }
}
