/// Where somebody stands in a room.
package enum Membership: String, Sendable, CaseIterable {
    case join, invite, leave, ban, knock
}

/// Who may come into a room.
/// [m.room.join_rules](https://spec.matrix.org/v1.19/client-server-api/#mroomjoin_rules)
package enum JoinRule: String, Sendable, CaseIterable {
    case `public`, knock, invite, `private`, restricted
    case knockRestricted = "knock_restricted"

    /// The rule of a room; one that never set any asks for an invitation, and `nil` is a rule nobody knows.
    package init?(state: some RoomStateLookup) {
        guard let event = state.stateEvent(EventType.joinRules, "") else {
            self = .invite
            return
        }
        guard let rule = event.content["join_rule"]?.string else { return nil }
        self.init(rawValue: rule)
    }

    /// Members of other rooms may come in through somebody who may invite.
    package var isRestricted: Bool { self == .restricted || self == .knockRestricted }

    /// Strangers may ask to be let in.
    package var allowsKnocking: Bool { self == .knock || self == .knockRestricted }
}
