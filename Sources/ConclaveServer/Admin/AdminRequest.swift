/// What a command asks of the data, whether the server runs or not.
package enum AdminRequest: Codable, Sendable {
    /// Makes an account; with `session`, begins one for it and tells the access token.
    case createUser(name: String, password: String?, admin: Bool, session: Bool)
    /// All accounts.
    case listUsers
    /// Sets a password; all sessions of the account end.
    case resetPassword(name: String, password: String)
    /// Makes a registration token.
    case createToken(token: String?, uses: Int64?, lifetimeSeconds: Int64?)
    /// How the keys are.
    case keysStatus
    /// Changes the master key and renews what it wraps.
    case rotateKeys
    /// Walks the whole audit log.
    case verifyAudit
    /// All rooms.
    case listRooms
    /// Purges a room, named by its ID or an alias.
    case purgeRoom(name: String)
    /// Puts a room under legal hold.
    case holdRoom(name: String, reason: String)
    /// Ends the legal hold of a room.
    case releaseRoom(name: String)
    /// Sends a server notice to one person, or to everybody.
    case sendNotice(name: String?, text: String)
    /// What people reported.
    case listReports
    /// How the server is.
    case status
    /// How the search index is.
    case searchStatus
    /// Makes the search index anew.
    case rebuildSearch

    /// Whether it makes sense before the first start of a server, and makes its data then.
    package var makesData: Bool {
        switch self {
        case .createUser, .createToken: true
        default: false
        }
    }
}

/// The answer to an ``AdminRequest``.
package enum AdminAnswer: Codable, Sendable {
    /// An account that was made or changed.
    case user(AdminUser)
    /// Accounts.
    case users([AdminUser])
    /// A registration token.
    case token(AdminToken)
    /// How the keys are.
    case keys(AdminKeys)
    /// What the audit log is like.
    case audit(AdminAudit)
    /// Rooms.
    case rooms([AdminRoom])
    /// A room was changed; how, in a sentence.
    case done(sentence: String)
    /// What people reported.
    case reports([AdminReport])
    /// How the server is.
    case status(AdminStatus)
    /// How the search index is.
    case search(AdminSearch)
    /// Nothing was done.
    case refused(sentence: String, exitCode: Int32)
}

/// An account as commands show it.
package struct AdminUser: Codable, Sendable {
    /// The user ID.
    package let userID: String
    /// The role.
    package let role: String
    /// `active`, `locked`, `suspended` or `deactivated`.
    package let standing: String
    /// Milliseconds since 1970.
    package let createdAt: Int64
    /// The token of a session that was begun.
    package var accessToken: String?
    /// Its device.
    package var deviceID: String?
}

/// A registration token as commands show it.
package struct AdminToken: Codable, Sendable {
    /// The token.
    package let token: String
    /// How many accounts it may make.
    package let usesAllowed: Int64?
    /// Milliseconds since 1970.
    package let expiresAt: Int64?
}

/// The state of the keys.
package struct AdminKeys: Codable, Sendable {
    /// The public name of the master key.
    package let masterKey: String
    /// Its generation.
    package let generation: Int64
    /// Where it comes from.
    package let source: String
    /// How many data keys there are.
    package let dataKeys: Int64
    /// How many of them still wait to be wrapped anew.
    package let waiting: Int64
}

/// The state of the audit log.
package struct AdminAudit: Codable, Sendable {
    /// Whether every entry is what it was.
    package let isIntact: Bool
    /// How many entries were looked at.
    package let entries: Int64
    /// The first that is not what it was.
    package let firstBad: Int64?
    /// What is wrong with it.
    package let fault: String?
    /// The exit code of the command.
    package let exitCode: Int32
}

/// The state of a running server.
package struct AdminStatus: Codable, Sendable {
    /// The version.
    package let version: String
    /// The server name.
    package let serverName: String
    /// The process.
    package let process: Int32
    /// Bytes of memory.
    package let residentBytes: Int
    /// When its certificate ends, in seconds since 1970.
    package let certificateEnds: Int64?
}
