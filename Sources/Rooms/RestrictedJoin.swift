import Matrix
import Storage

/// Joining rooms whose members are drawn from other rooms (`restricted` and `knock_restricted`).
enum RestrictedJoin {
    /// The member in whose name the join is authorised: somebody joined who may invite, when the person meets a condition.
    /// - Returns: nil when the rules do not ask for one or no condition is met; the authorization rules then decide.
    static func authorisingUser(
        for user: UserID, _ number: Int64, _ state: RoomState, _ tx: Transaction
    ) throws -> UserID? {
        let rules = state.stateEvent("m.room.join_rules", "")?.content
        guard let rule = rules?["join_rule"]?.string, rule == "restricted" || rule == "knock_restricted",
            state.membership(of: user) != .invite, state.membership(of: user) != .ban,
            try meetsCondition(rules, number, tx)
        else { return nil }
        let levels = PowerLevels(state: state, version: state.version)
        return state.joinedMembers.map(\.user).filter { levels.level(of: $0) >= levels.invite }
            .max { levels.level(of: $0) < levels.level(of: $1) }
    }

    /// Whether the person is joined to one of the rooms that the join rules allow.
    static func meetsCondition(_ rules: JSON?, _ number: Int64, _ tx: Transaction) throws -> Bool {
        for name in rooms(rules) {
            // A name that is none is no room that anybody could be in.
            guard let roomID = try? RoomID(parsing: name), let room = try tx.number(of: roomID),
                try MembershipQueries.membership(number, room, tx)?.membership == .join
            else { continue }
            return true
        }
        return false
    }

    /// The rooms whose members the join rules let in.
    static func rooms(_ rules: JSON?) -> [String] {
        (rules?["allow"]?.elements).map(Array.init)?.compactMap { condition in
            condition["type"]?.string == "m.room_membership" ? condition["room_id"]?.string : nil
        } ?? []
    }
}
