// Every code of the audit log, one line each. Codes are added and never changed.
extension AuditCode {
    // Sessions

    /// Somebody signed in.
    package static let sessionLogin = AuditCode("session.login", .security, .notice)
    /// Somebody could not sign in.
    package static let sessionLoginFailed = AuditCode("session.login.failed", .security, .warning)
    /// A session was ended by its owner.
    package static let sessionLogout = AuditCode("session.logout", .security, .informational)
    /// All sessions of a person were ended by their owner.
    package static let sessionLogoutAll = AuditCode("session.logout.all", .security, .notice)
    /// A session got new tokens.
    package static let sessionRefresh = AuditCode("session.refresh", .security, .informational)
    /// A refresh token was used twice: it may be stolen.
    package static let sessionRefreshReused = AuditCode("session.refresh.reused", .security, .alert)
    /// A session was ended by the server.
    package static let sessionEnded = AuditCode("session.ended", .security, .notice)
    /// A token for signing in elsewhere was given out.
    package static let sessionTokenIssued = AuditCode("session.token.issued", .security, .notice)
    /// Somebody proved identity again.
    package static let sessionStepUp = AuditCode("session.step-up", .security, .notice)
    /// Too many attempts were slowed down.
    package static let sessionThrottled = AuditCode("session.throttled", .security, .warning)
    /// A token that is not valid was shown.
    package static let sessionTokenUnknown = AuditCode("session.token.unknown", .security, .notice)

    // Accounts

    /// An account was made.
    package static let accountRegister = AuditCode("account.register", .security, .notice)
    /// An account could not be made.
    package static let accountRegisterFailed = AuditCode("account.register.failed", .security, .warning)
    /// A guest account was made.
    package static let accountGuest = AuditCode("account.guest", .security, .notice)
    /// A password was changed by its owner.
    package static let accountPasswordChange = AuditCode("account.password.change", .security, .notice)
    /// A password was replaced without the old one.
    package static let accountPasswordReset = AuditCode("account.password.reset", .security, .warning)
    /// An account was deactivated.
    package static let accountDeactivate = AuditCode("account.deactivate", .security, .notice)
    /// The data of an account were erased.
    package static let accountErase = AuditCode("account.erase", .security, .warning)
    /// An account was locked.
    package static let accountLock = AuditCode("account.lock", .security, .warning)
    /// An account was unlocked.
    package static let accountUnlock = AuditCode("account.unlock", .security, .notice)
    /// An account was suspended.
    package static let accountSuspend = AuditCode("account.suspend", .security, .warning)
    /// A suspended account may act again.
    package static let accountUnsuspend = AuditCode("account.unsuspend", .security, .notice)
    /// A role was given.
    package static let accountRoleGrant = AuditCode("account.role.grant", .security, .warning)
    /// A role was taken away.
    package static let accountRoleRevoke = AuditCode("account.role.revoke", .security, .warning)
    /// An address was added to an account.
    package static let accountThirdPartyAdd = AuditCode("account.threepid.add", .security, .notice)
    /// An address was removed from an account.
    package static let accountThirdPartyRemove = AuditCode("account.threepid.remove", .security, .notice)
    /// A token for another service was given out.
    package static let accountOpenIDToken = AuditCode("account.openid.token", .security, .informational)
    /// An account was reported.
    package static let accountReport = AuditCode("account.report", .security, .warning)

    // Devices

    /// A device appeared.
    package static let deviceCreate = AuditCode("device.create", .security, .notice)
    /// A device was renamed.
    package static let deviceUpdate = AuditCode("device.update", .operation, .informational)
    /// A device was removed.
    package static let deviceDelete = AuditCode("device.delete", .security, .notice)
    /// Messages were sent to devices.
    package static let deviceMessageSend = AuditCode("device.message.send")

    // Profiles

    /// A profile was changed.
    package static let profileUpdate = AuditCode("profile.update")
    /// A field of a profile was removed.
    package static let profileDelete = AuditCode("profile.delete")

    // Rooms

    /// A room was made.
    package static let roomCreate = AuditCode("room.create", .operation, .notice)
    /// Somebody joined.
    package static let roomJoin = AuditCode("room.join")
    /// Somebody left or declined.
    package static let roomLeave = AuditCode("room.leave")
    /// Somebody was invited.
    package static let roomInvite = AuditCode("room.invite")
    /// Somebody was removed.
    package static let roomKick = AuditCode("room.kick", .operation, .notice)
    /// Somebody was banned.
    package static let roomBan = AuditCode("room.ban", .operation, .notice)
    /// A ban was lifted.
    package static let roomUnban = AuditCode("room.unban", .operation, .notice)
    /// Somebody asked to be let in.
    package static let roomKnock = AuditCode("room.knock")
    /// Somebody forgot a room that was left.
    package static let roomForget = AuditCode("room.forget")
    /// The state of a room was changed.
    package static let roomStateChange = AuditCode("room.state.change", .operation, .notice)
    /// An event was sent.
    package static let roomMessageSend = AuditCode("room.message.send")
    /// An event was redacted.
    package static let roomMessageRedact = AuditCode("room.message.redact", .operation, .notice)
    /// An alias was made.
    package static let roomAliasCreate = AuditCode("room.alias.create")
    /// An alias was removed.
    package static let roomAliasDelete = AuditCode("room.alias.delete")
    /// The place of a room in the directory was changed.
    package static let roomDirectoryPublish = AuditCode("room.directory.publish", .operation, .notice)
    /// A room was replaced by one of another version.
    package static let roomUpgrade = AuditCode("room.upgrade", .operation, .notice)
    /// An event or room was reported.
    package static let roomReport = AuditCode("room.report", .security, .warning)
    /// A room was erased.
    package static let roomErase = AuditCode("room.erase", .security, .warning)
    /// Messages of a room were deleted because they were kept long enough.
    package static let roomExpire = AuditCode("room.expire", .operation, .notice)
    /// A room was put under legal hold.
    package static let roomHold = AuditCode("room.hold", .security, .warning)
    /// The legal hold of a room was ended.
    package static let roomHoldRelease = AuditCode("room.hold.release", .security, .alert)
    /// Content of a room was read.
    package static let roomRead = AuditCode("room.read", .operation, .debug)

    // A person's own data

    /// Account data were set.
    package static let dataAccountSet = AuditCode("data.account.set")
    /// Account data were removed.
    package static let dataAccountDelete = AuditCode("data.account.delete")
    /// A filter was stored.
    package static let dataFilterCreate = AuditCode("data.filter.create")
    /// A tag was set.
    package static let dataTagSet = AuditCode("data.tag.set")
    /// A tag was removed.
    package static let dataTagDelete = AuditCode("data.tag.delete")
    /// Somebody began to follow a thread.
    package static let dataThreadSubscribe = AuditCode("data.thread.subscribe")
    /// Somebody ceased to follow a thread.
    package static let dataThreadUnsubscribe = AuditCode("data.thread.unsubscribe")
    /// A receipt was sent.
    package static let dataReceipt = AuditCode("data.receipt")
    /// Typing was announced.
    package static let dataTyping = AuditCode("data.typing", .operation, .debug)
    /// Presence was set.
    package static let dataPresence = AuditCode("data.presence", .operation, .debug)
    /// A push rule was changed.
    package static let dataPushRuleSet = AuditCode("data.push-rule.set")
    /// A pusher was changed.
    package static let dataPusherSet = AuditCode("data.pusher.set")
    /// Own data were read.
    package static let dataRead = AuditCode("data.read", .operation, .debug)
    /// Own data were exported.
    package static let dataExport = AuditCode("data.export", .security, .notice)

    // Media

    /// A file was uploaded.
    package static let mediaUpload = AuditCode("media.upload")
    /// An address was reserved for a file.
    package static let mediaReserve = AuditCode("media.reserve")
    /// A file was found to be harmful and is kept from everybody.
    package static let mediaHarmful = AuditCode("media.harmful", .security, .alert)
    /// A file was kept from everybody.
    package static let mediaQuarantine = AuditCode("media.quarantine", .security, .warning)
    /// A file that was kept from everybody was given back.
    package static let mediaRelease = AuditCode("media.release", .security, .warning)
    /// A file was destroyed.
    package static let mediaDelete = AuditCode("media.delete", .security, .warning)
    /// Files were destroyed because they had been kept long enough.
    package static let mediaExpire = AuditCode("media.expire", .operation, .notice)
    /// The server looked at a web page for somebody.
    package static let mediaPreview = AuditCode("media.preview")

    // Keys

    /// Device keys were uploaded.
    package static let keyUpload = AuditCode("key.upload", .security, .informational)
    /// One-time keys were claimed.
    package static let keyClaim = AuditCode("key.claim", .security, .informational)
    /// Cross-signing keys were changed.
    package static let keyCrossSigning = AuditCode("key.cross-signing", .security, .notice)
    /// Signatures were added to keys.
    package static let keySignature = AuditCode("key.signature", .security, .informational)
    /// A key backup was changed.
    package static let keyBackup = AuditCode("key.backup", .security, .informational)
    /// A rotation of the master key was begun.
    package static let keyRotateBegin = AuditCode("key.rotate.begin", .security, .warning)
    /// A rotation of the master key was completed.
    package static let keyRotateEnd = AuditCode("key.rotate.end", .security, .warning)
    /// A data key was renewed.
    package static let keyRenew = AuditCode("key.renew", .security, .notice)
    /// The key of a room or person was destroyed.
    package static let keyDestroy = AuditCode("key.destroy", .security, .alert)

    // Administration

    /// An administrator made an account.
    package static let adminAccountCreate = AuditCode("admin.account.create", .security, .warning)
    /// An administrator changed an account.
    package static let adminAccountChange = AuditCode("admin.account.change", .security, .warning)
    /// An administrator ended a session.
    package static let adminSessionEnd = AuditCode("admin.session.end", .security, .warning)
    /// A registration token was made.
    package static let adminRegistrationTokenCreate = AuditCode("admin.registration-token.create", .security, .notice)
    /// A registration token was withdrawn.
    package static let adminRegistrationTokenDelete = AuditCode("admin.registration-token.delete", .security, .notice)
    /// The search index was ordered to be made anew.
    package static let adminSearchRebuild = AuditCode("admin.search.rebuild", .operation, .notice)
    /// An administrator looked at something.
    package static let adminRead = AuditCode("admin.read", .security, .notice)
    /// An administrator sent a server notice.
    package static let adminNoticeSend = AuditCode("admin.notice.send", .security, .notice)
    /// The configuration was changed.
    package static let adminConfigurationChange = AuditCode("admin.configuration.change", .security, .warning)
    /// The audit log was verified.
    package static let adminAuditVerify = AuditCode("admin.audit.verify", .security, .notice)
    /// The audit log was read.
    package static let adminAuditRead = AuditCode("admin.audit.read", .security, .notice)

    // The server itself

    /// The server started.
    package static let serverStart = AuditCode("server.start", .operation, .notice)
    /// The server stopped.
    package static let serverStop = AuditCode("server.stop", .operation, .notice)
    /// Another version of the server started.
    package static let serverUpgrade = AuditCode("server.upgrade", .operation, .warning)
    /// A token for the first administrator was made.
    package static let serverSetUpToken = AuditCode("server.setup.token", .security, .warning)
    /// The first administrator was made.
    package static let serverSetUp = AuditCode("server.setup", .security, .warning)
    /// Public facts about the server were read.
    package static let serverRead = AuditCode("server.read", .operation, .debug)

    // Refusals

    /// A rule refused something.
    package static let accessDenied = AuditCode("access.denied", .security, .warning)
    /// A rate limit refused something.
    package static let accessLimited = AuditCode("access.limited", .security, .notice)
}
