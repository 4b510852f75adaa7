// Every code of the audit log, one line each. Codes are added and never changed.
extension AuditCode {
    // Sessions
    package static let sessionLogin = AuditCode("session.login", .security, .notice)
    package static let sessionLoginFailed = AuditCode("session.login.failed", .security, .warning)
    package static let sessionLogout = AuditCode("session.logout", .security, .informational)
    package static let sessionLogoutAll = AuditCode("session.logout.all", .security, .notice)
    package static let sessionRefresh = AuditCode("session.refresh", .security, .informational)
    package static let sessionRefreshReused = AuditCode("session.refresh.reused", .security, .alert)
    package static let sessionEnded = AuditCode("session.ended", .security, .notice)
    package static let sessionTokenIssued = AuditCode("session.token.issued", .security, .notice)
    package static let sessionStepUp = AuditCode("session.step-up", .security, .notice)
    package static let sessionThrottled = AuditCode("session.throttled", .security, .warning)
    package static let sessionTokenUnknown = AuditCode("session.token.unknown", .security, .notice)

    // Accounts
    package static let accountRegister = AuditCode("account.register", .security, .notice)
    package static let accountRegisterFailed = AuditCode("account.register.failed", .security, .warning)
    package static let accountGuest = AuditCode("account.guest", .security, .notice)
    package static let accountPasswordChange = AuditCode("account.password.change", .security, .notice)
    package static let accountPasswordReset = AuditCode("account.password.reset", .security, .warning)
    package static let accountDeactivate = AuditCode("account.deactivate", .security, .notice)
    package static let accountErase = AuditCode("account.erase", .security, .warning)
    package static let accountLock = AuditCode("account.lock", .security, .warning)
    package static let accountUnlock = AuditCode("account.unlock", .security, .notice)
    package static let accountSuspend = AuditCode("account.suspend", .security, .warning)
    package static let accountRoleGrant = AuditCode("account.role.grant", .security, .warning)
    package static let accountRoleRevoke = AuditCode("account.role.revoke", .security, .warning)
    package static let accountThirdPartyAdd = AuditCode("account.threepid.add", .security, .notice)
    package static let accountThirdPartyRemove = AuditCode("account.threepid.remove", .security, .notice)
    package static let accountOpenIDToken = AuditCode("account.openid.token", .security, .informational)
    package static let accountReport = AuditCode("account.report", .security, .warning)

    // Devices
    package static let deviceCreate = AuditCode("device.create", .security, .notice)
    package static let deviceUpdate = AuditCode("device.update", .operation, .informational)
    package static let deviceDelete = AuditCode("device.delete", .security, .notice)
    package static let deviceMessageSend = AuditCode("device.message.send")

    // Profiles
    package static let profileUpdate = AuditCode("profile.update")
    package static let profileDelete = AuditCode("profile.delete")

    // Rooms
    package static let roomCreate = AuditCode("room.create", .operation, .notice)
    package static let roomJoin = AuditCode("room.join")
    package static let roomLeave = AuditCode("room.leave")
    package static let roomInvite = AuditCode("room.invite")
    package static let roomKick = AuditCode("room.kick", .operation, .notice)
    package static let roomBan = AuditCode("room.ban", .operation, .notice)
    package static let roomUnban = AuditCode("room.unban", .operation, .notice)
    package static let roomKnock = AuditCode("room.knock")
    package static let roomForget = AuditCode("room.forget")
    package static let roomStateChange = AuditCode("room.state.change", .operation, .notice)
    package static let roomMessageSend = AuditCode("room.message.send")
    package static let roomMessageRedact = AuditCode("room.message.redact", .operation, .notice)
    package static let roomAliasCreate = AuditCode("room.alias.create")
    package static let roomAliasDelete = AuditCode("room.alias.delete")
    package static let roomDirectoryPublish = AuditCode("room.directory.publish", .operation, .notice)
    package static let roomUpgrade = AuditCode("room.upgrade", .operation, .notice)
    package static let roomReport = AuditCode("room.report", .security, .warning)
    package static let roomErase = AuditCode("room.erase", .security, .warning)
    package static let roomRead = AuditCode("room.read", .operation, .debug)

    // A person's own data
    package static let dataAccountSet = AuditCode("data.account.set")
    package static let dataAccountDelete = AuditCode("data.account.delete")
    package static let dataFilterCreate = AuditCode("data.filter.create")
    package static let dataTagSet = AuditCode("data.tag.set")
    package static let dataTagDelete = AuditCode("data.tag.delete")
    package static let dataReceipt = AuditCode("data.receipt")
    package static let dataTyping = AuditCode("data.typing", .operation, .debug)
    package static let dataPresence = AuditCode("data.presence", .operation, .debug)
    package static let dataPushRuleSet = AuditCode("data.push-rule.set")
    package static let dataPusherSet = AuditCode("data.pusher.set")
    package static let dataRead = AuditCode("data.read", .operation, .debug)
    package static let dataExport = AuditCode("data.export", .security, .notice)

    // Keys
    package static let keyUpload = AuditCode("key.upload", .security, .informational)
    package static let keyClaim = AuditCode("key.claim", .security, .informational)
    package static let keyCrossSigning = AuditCode("key.cross-signing", .security, .notice)
    package static let keyBackup = AuditCode("key.backup", .security, .informational)
    package static let keyRotateBegin = AuditCode("key.rotate.begin", .security, .warning)
    package static let keyRotateEnd = AuditCode("key.rotate.end", .security, .warning)
    package static let keyRenew = AuditCode("key.renew", .security, .notice)
    package static let keyDestroy = AuditCode("key.destroy", .security, .alert)

    // Administration
    package static let adminAccountCreate = AuditCode("admin.account.create", .security, .warning)
    package static let adminAccountChange = AuditCode("admin.account.change", .security, .warning)
    package static let adminSessionEnd = AuditCode("admin.session.end", .security, .warning)
    package static let adminRegistrationTokenCreate = AuditCode("admin.registration-token.create", .security, .notice)
    package static let adminRegistrationTokenDelete = AuditCode("admin.registration-token.delete", .security, .notice)
    package static let adminRead = AuditCode("admin.read", .security, .notice)
    package static let adminConfigurationChange = AuditCode("admin.configuration.change", .security, .warning)
    package static let adminAuditVerify = AuditCode("admin.audit.verify", .security, .notice)
    package static let adminAuditRead = AuditCode("admin.audit.read", .security, .notice)

    // The server itself
    package static let serverStart = AuditCode("server.start", .operation, .notice)
    package static let serverStop = AuditCode("server.stop", .operation, .notice)
    package static let serverUpgrade = AuditCode("server.upgrade", .operation, .warning)
    package static let serverSetUpToken = AuditCode("server.setup.token", .security, .warning)
    package static let serverSetUp = AuditCode("server.setup", .security, .warning)
    package static let serverRead = AuditCode("server.read", .operation, .debug)

    // Refusals
    package static let accessDenied = AuditCode("access.denied", .security, .warning)
    package static let accessLimited = AuditCode("access.limited", .security, .notice)
}
