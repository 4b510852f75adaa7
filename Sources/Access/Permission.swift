/// A right to do one thing, named `area.object.verb`. Whoever does not hold it is refused: there is no other default.
package struct Permission: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The name as it stands in role definitions and in the audit log, for instance `room.message.send`.
    package let rawValue: String

    /// Makes a permission of its name. Only names in ``catalogue`` can be granted.
    package init(rawValue: String) { self.rawValue = rawValue }

    private init(_ name: String) { self.rawValue = name }

    /// The name.
    package var description: String { rawValue }
}

extension Permission {
    /// Read what the server tells everybody: versions, well-known, capabilities.
    package static let serverInfoRead = Permission("server.info.read")
    /// Sign in.
    package static let sessionCreate = Permission("session.own.create")
    /// Exchange a refresh token.
    package static let sessionRefresh = Permission("session.own.refresh")
    /// End one's own sessions.
    package static let sessionEnd = Permission("session.own.end")
    /// Ask for an account, where registration is open to the asker.
    package static let accountRegister = Permission("account.own.register")
    /// Read one's own account.
    package static let accountRead = Permission("account.own.read")
    /// Change one's own password.
    package static let passwordChange = Permission("account.password.change")
    /// Deactivate one's own account.
    package static let accountDeactivate = Permission("account.own.deactivate")
    /// Read one's own devices.
    package static let deviceRead = Permission("device.own.read")
    /// Rename one's own devices.
    package static let deviceUpdate = Permission("device.own.update")
    /// Delete one's own devices.
    package static let deviceDelete = Permission("device.own.delete")
    /// Publish keys of one's own devices, ask for and claim those of others.
    package static let deviceKeyUse = Permission("device.key.use")
    /// Send messages to devices.
    package static let deviceMessageSend = Permission("device.message.send")
    /// Publish cross-signing keys and signatures of one's own.
    package static let crossSigningUse = Permission("device.cross-signing.use")
    /// Keep a backup of one's own room keys.
    package static let keyBackupUse = Permission("data.key-backup.use")
    /// Leave a dehydrated device.
    package static let dehydratedDeviceUse = Permission("device.dehydrated.use")
    /// Read somebody's profile.
    package static let profileRead = Permission("profile.any.read")
    /// Change one's own profile.
    package static let profileUpdate = Permission("profile.own.update")
    /// Look people up.
    package static let directoryUserSearch = Permission("directory.user.search")
    /// Create rooms.
    package static let roomCreate = Permission("room.room.create")
    /// Join rooms.
    package static let roomJoin = Permission("room.member.join")
    /// Knock at rooms.
    package static let roomKnock = Permission("room.member.knock")
    /// Leave rooms, and refuse invitations.
    package static let roomLeave = Permission("room.member.leave")
    /// Forget rooms.
    package static let roomForget = Permission("room.room.forget")
    /// Invite into rooms.
    package static let roomInvite = Permission("room.member.invite")
    /// Remove others from rooms.
    package static let roomKick = Permission("room.member.kick")
    /// Ban from rooms, and lift bans.
    package static let roomBan = Permission("room.member.ban")
    /// Read rooms one is in, and those open to the world.
    package static let roomRead = Permission("room.history.read")
    /// Search what was said in rooms.
    package static let roomSearch = Permission("room.history.search")
    /// Change the state of rooms.
    package static let roomStateSet = Permission("room.state.set")
    /// Send messages.
    package static let roomMessageSend = Permission("room.message.send")
    /// Redact messages.
    package static let roomMessageRedact = Permission("room.message.redact")
    /// Tell how far one has read.
    package static let roomReceiptSend = Permission("room.receipt.send")
    /// Tell that one is typing.
    package static let roomTypingSend = Permission("room.typing.send")
    /// Create and delete aliases.
    package static let roomAliasSet = Permission("room.alias.set")
    /// Resolve aliases and read the room directory.
    package static let directoryRoomRead = Permission("directory.room.read")
    /// Publish rooms in the directory.
    package static let directoryRoomPublish = Permission("directory.room.publish")
    /// Follow what happens: `/sync`.
    package static let syncRead = Permission("sync.stream.read")
    /// Read and write one's own account data, tags and filters.
    package static let accountDataUse = Permission("data.own.use")
    /// Read and tell presence.
    package static let presenceUse = Permission("presence.own.use")
    /// Upload media, and reserve addresses for it.
    package static let mediaUpload = Permission("media.object.upload")
    /// Download media and its thumbnails.
    package static let mediaRead = Permission("media.object.read")
    /// Ask for media without saying who one is; whether anything is given is a setting.
    package static let mediaReadOpenly = Permission("media.object.read-openly")
    /// Have the server look at a web page.
    package static let mediaPreview = Permission("media.page.preview")
    /// Create accounts and registration tokens, reset passwords.
    package static let accountManage = Permission("admin.account.manage")
    /// Read the state of the keys and rotate them.
    package static let keysManage = Permission("admin.keys.manage")
    /// Verify the audit log.
    package static let auditVerify = Permission("admin.audit.verify")
    /// Lock and suspend accounts.
    package static let accountModerate = Permission("admin.account.moderate")
    /// See from where accounts are used: one's own, and with `admin.account.manage` those of others.
    package static let accountInspect = Permission("account.session.read")
    /// Prove to other services who one is.
    package static let openIDUse = Permission("account.openid.use")
    /// Get credentials for the servers that calls go through.
    package static let callUse = Permission("call.relay.use")
    /// Report rooms, events and people.
    package static let reportSend = Permission("moderation.report.send")
    /// Make the first administrator with the set-up token.
    package static let serverSetUp = Permission("server.setup.run")

    /// What a suspended account keeps from doing: it reads, leaves and signs out, but changes nothing for others
    /// (specification, account suspension).
    package static let withheldFromSuspended: Set<Permission> = [
        .roomCreate, .roomJoin, .roomKnock, .roomInvite, .roomKick, .roomBan, .roomStateSet, .roomMessageSend,
        .roomAliasSet, .directoryRoomPublish, .profileUpdate, .mediaUpload,
    ]

    /// Every permission there is. A route that names another one stops the start.
    package static let catalogue: Set<Permission> = [
        .serverInfoRead, .sessionCreate, .sessionRefresh, .sessionEnd, .accountRegister, .accountRead, .passwordChange,
        .accountDeactivate, .deviceRead, .deviceUpdate, .deviceDelete, .profileRead, .profileUpdate,
        .directoryUserSearch, .roomCreate, .roomJoin, .roomKnock, .roomLeave, .roomForget, .roomInvite, .roomKick,
        .roomBan, .roomRead, .roomSearch, .roomStateSet, .roomMessageSend, .roomMessageRedact, .roomReceiptSend, .roomTypingSend,
        .roomAliasSet, .directoryRoomRead, .directoryRoomPublish, .syncRead, .accountDataUse, .presenceUse,
        .mediaUpload, .mediaRead, .mediaReadOpenly, .mediaPreview,
        .accountManage, .keysManage, .auditVerify, .serverSetUp,
        .accountModerate, .accountInspect, .openIDUse, .callUse, .reportSend,
        .deviceKeyUse, .deviceMessageSend, .crossSigningUse, .keyBackupUse, .dehydratedDeviceUse,
    ]
}
