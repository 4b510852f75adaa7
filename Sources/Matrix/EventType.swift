/// The event types that the rules of a room know by name.
package enum EventType {
    /// The first event of a room.
    package static let create = "m.room.create"
    /// Who is in the room, one state event a person.
    package static let member = "m.room.member"
    /// What people may do.
    package static let powerLevels = "m.room.power_levels"
    /// Who may come in.
    package static let joinRules = "m.room.join_rules"
    /// An invitation to somebody who has no user ID yet.
    package static let thirdPartyInvite = "m.room.third_party_invite"
    /// Who may read what was said before.
    package static let historyVisibility = "m.room.history_visibility"
    /// The order to strip another event.
    package static let redaction = "m.room.redaction"
    /// The end of a room that has moved.
    package static let tombstone = "m.room.tombstone"
}
