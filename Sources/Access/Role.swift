/// A named set of permissions. An account holds exactly one of these.
package enum Role: String, Sendable, CaseIterable {
    /// Somebody who has not signed in.
    case anonymous
    /// A guest account: reads what is open to guests, writes where a room allows guests.
    case guest
    /// A person of the organisation.
    case member
    /// A program that acts under its own name.
    case bot
    /// Runs the server. Has no right to read rooms that he is not a member of.
    case admin

    /// What holders of this role may do; everything else is refused.
    package var permissions: Set<Permission> {
        switch self {
        case .anonymous: Self.forEverybody
        case .guest: Self.forGuests
        case .member, .bot: Self.forMembers
        case .admin: Self.forAdmins
        }
    }

    /// Whether this role holds a permission.
    package func may(_ permission: Permission) -> Bool { permissions.contains(permission) }

    private static let forEverybody: Set<Permission> = [
        .serverInfoRead, .sessionCreate, .sessionRefresh, .accountRegister, .directoryRoomRead, .serverSetUp,
        .mediaReadOpenly,
    ]

    /// What [guest access](https://spec.matrix.org/v1.19/client-server-api/#guest-access) lists, and signing out.
    private static let forGuests: Set<Permission> = forEverybody.union([
        .sessionEnd, .accountRead, .deviceRead, .deviceUpdate, .profileRead, .profileUpdate, .roomJoin, .roomLeave,
        .roomRead, .roomMessageSend, .roomStateSet, .syncRead, .mediaRead, .deviceKeyUse, .deviceMessageSend,
    ])

    private static let forMembers: Set<Permission> = forGuests.union([
        .deviceDelete, .accountDeactivate, .passwordChange, .directoryUserSearch, .roomSearch, .roomCreate, .roomKnock,
        .roomForget,
        .roomInvite, .roomKick, .roomBan, .roomMessageRedact, .roomReceiptSend, .roomTypingSend, .roomAliasSet,
        .directoryRoomPublish, .accountDataUse, .presenceUse, .accountInspect, .openIDUse, .callUse, .reportSend,
        .mediaUpload, .mediaPreview, .crossSigningUse, .keyBackupUse, .dehydratedDeviceUse,
    ])

    private static let forAdmins: Set<Permission> = forMembers.union([
        .accountManage, .keysManage, .auditVerify, .accountModerate,
    ])
}
