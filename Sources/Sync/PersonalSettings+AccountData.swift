import Matrix
import Rooms
import Storage

extension PersonalSettings {
    /// Settings as people keep them in their account data.
    package static let accountData = PersonalSettings(
        ignored: { person, tx in try IgnoreLists.list(of: person, tx) },
        // Whom a person ignores does not learn of it: the invitation is made, and not shown.
        refusesInvitation: { person, inviter, tx in try InvitePermission(of: person, tx).refuses(inviter) },
        carryOver: { person, old, new, tx in try CarryOver.rooms(person, from: old, to: new, tx) })
}

/// Whether a person takes invitations.
///
/// [Specification](https://spec.matrix.org/v1.19/client-server-api/#invite-permission)
struct InvitePermission: Equatable {
    private let blocks: Bool

    init(of person: Int64, _ tx: Transaction) throws {
        let datum = try AccountDataQueries.datum("m.invite_permission_config", of: person, in: AccountData.noRoom, tx)
        blocks = try datum?.content["default_action"]?.string == "block"
    }

    /// Whether an invitation is refused: any, but for that to the server's own notices.
    func refuses(_ inviter: UserID) -> Bool { blocks && !inviter.sendsServerNotices }
}
