import Matrix
import Storage

/// What people have decided for themselves and rooms have to heed. It is kept as account data, above this target, so it is
/// handed in.
package struct PersonalSettings: Sendable {
    /// Whom a person ignores.
    package let ignored: @Sendable (_ person: Int64, Transaction) throws -> Set<UserID>
    /// Whether a person takes no invitation from somebody.
    package let refusesInvitation: @Sendable (_ person: Int64, _ inviter: UserID, Transaction) throws -> Bool
    /// Takes what a person keeps about a room over to the room that replaces it.
    package let carryOver: @Sendable (_ person: Int64, _ old: RoomID, _ new: RoomID, Transaction) throws -> Void

    /// Settings that are read in these ways.
    package init(
        ignored: @escaping @Sendable (_ person: Int64, Transaction) throws -> Set<UserID>,
        refusesInvitation: @escaping @Sendable (_ person: Int64, _ inviter: UserID, Transaction) throws -> Bool,
        carryOver: @escaping @Sendable (_ person: Int64, _ old: RoomID, _ new: RoomID, Transaction) throws -> Void
    ) {
        self.ignored = ignored
        self.refusesInvitation = refusesInvitation
        self.carryOver = carryOver
    }

    /// Rooms of people who have decided nothing.
    package static let none = PersonalSettings(
        ignored: { _, _ in [] }, refusesInvitation: { _, _, _ in false }, carryOver: { _, _, _, _ in })
}
