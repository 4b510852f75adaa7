import Access
import Audit
import Matrix
import Storage

/// What an administrator can put on an account and take off again; the two do not exclude each other.
///
/// [Account moderation](https://spec.matrix.org/v1.19/client-server-api/#account-moderation)
package enum Restriction: Sendable {
    /// Nothing is allowed but signing out.
    case lock
    /// Reading is allowed, and little else.
    case suspension
}

extension Accounts {
    /// Whether an account is restricted, for administrators.
    /// - Throws: `M_INVALID_PARAM` for people of other servers, `M_NOT_FOUND`, `M_FORBIDDEN` for other administrators.
    package func isRestricted(_ user: UserID, _ restriction: Restriction, asking requester: Requester) async throws -> Bool {
        let server = serverName
        return try await store.read { tx in
            let number = try Self.moderated(user, on: server, by: requester, tx)
            return try AccountQueries.isRestricted(number, restriction, tx)
        }
    }

    /// Restricts an account or lifts that. Sessions stay, as the specification asks; long polls of a locked account end.
    /// - Throws: `M_INVALID_PARAM` for people of other servers, `M_NOT_FOUND`, `M_FORBIDDEN` for oneself and for other administrators.
    package func restrict(
        _ user: UserID, _ restriction: Restriction, _ isOn: Bool, by requester: Requester
    ) async throws {
        let now = time()
        guard user != requester.user else { throw MatrixError.forbidden("you cannot restrict your own account") }
        try await store.write { [self] tx in
            let number = try Self.moderated(user, on: serverName, by: requester, tx)
            guard try AccountQueries.setRestricted(number, restriction, isOn, tx) else { return }
            interrupt(number, after: tx)
            try AuditLog.note(restriction.code(isOn), by: .requester(requester), target: user.rawValue, at: now, tx)
        }
    }

    /// The number of an account that this administrator may moderate.
    private static func moderated(
        _ user: UserID, on server: ServerName, by requester: Requester, _ tx: Transaction
    ) throws -> Int64 {
        guard user.serverName == server else { throw MatrixError.invalidParam("this user is not on this server") }
        guard let account = try AccountQueries.account(of: user, tx), account.standing != .deactivated else {
            throw IdentityError.unknownAccount
        }
        guard account.role != .admin || account.number == requester.number else {
            throw MatrixError.forbidden("an administrator's account is not moderated by another one")
        }
        return account.number
    }
}

extension Restriction {
    fileprivate func code(_ isOn: Bool) -> AuditCode {
        switch self {
        case .lock: isOn ? .accountLock : .accountUnlock
        case .suspension: isOn ? .accountSuspend : .accountUnsuspend
        }
    }
}

extension AccountQueries {
    static func isRestricted(_ number: Int64, _ restriction: Restriction, _ tx: Transaction) throws -> Bool {
        guard let row = try tx.first(#"SELECT standing, suspended FROM accounts WHERE "user" = ?"#, .int(number)) else {
            return false
        }
        switch restriction {
        case .lock: return try row.text(0) == Standing.locked.rawValue
        case .suspension: return try row.bool(1)
        }
    }

    /// Whether anything changed. A locked account is locked first of all; what it is besides shows when the lock is lifted.
    static func setRestricted(_ number: Int64, _ restriction: Restriction, _ isOn: Bool, _ tx: Transaction) throws -> Bool {
        switch restriction {
        case .lock:
            try tx.run(
                """
                UPDATE accounts SET standing = CASE WHEN ? = 1 THEN 'locked' WHEN suspended = 1 THEN 'suspended' ELSE 'active' END
                WHERE "user" = ? AND standing <> 'deactivated' AND (standing = 'locked') <> (? = 1)
                """, .int(isOn ? 1 : 0), .int(number), .int(isOn ? 1 : 0)) == 1
        case .suspension:
            try tx.run(
                """
                UPDATE accounts SET suspended = ?,
                    standing = CASE WHEN standing = 'locked' THEN 'locked' WHEN ? = 1 THEN 'suspended' ELSE 'active' END
                WHERE "user" = ? AND standing <> 'deactivated' AND suspended <> ?
                """, .int(isOn ? 1 : 0), .int(isOn ? 1 : 0), .int(number), .int(isOn ? 1 : 0)) == 1
        }
    }
}
