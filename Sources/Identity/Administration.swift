import Access
import Audit
import Matrix
import Storage

/// What administrators and the command line do with accounts of others.
extension Accounts {
    /// Accounts by number, a page at a time; pass the last number of a page to get the next.
    package func accounts(after number: Int64 = 0, limit: Int = 1_000) async throws -> [Account] {
        try await store.read { tx in try AccountQueries.accounts(after: number, limit: limit, tx) }
    }

    /// One account, also a deactivated one.
    package func account(of user: UserID) async throws -> Account? {
        try await store.read { tx in try AccountQueries.account(of: user, tx) }
    }

    /// Locks or suspends an account, or lifts that. Sessions stay, as the specification asks.
    /// - Throws: `M_NOT_FOUND`, `M_FORBIDDEN` for the last administrator, `M_INVALID_PARAM` for deactivation, which is another act.
    package func set(_ standing: Standing, for user: UserID, by actor: AuditEntry.Actor) async throws {
        guard standing != .deactivated else {
            throw MatrixError.invalidParam("deactivation cannot be lifted and is asked for elsewhere")
        }
        let now = time()
        try await store.write { [self] tx in
            guard let account = try AccountQueries.account(of: user, tx), account.standing != .deactivated else {
                throw IdentityError.unknownAccount
            }
            if standing != .active, account.role == .admin, account.standing == .active,
                try AccountQueries.administrators(tx) <= 1
            {
                throw IdentityError.lastAdministrator
            }
            guard try AccountQueries.setStanding(account.number, standing, tx) else { return }
            interrupt(account.number, after: tx)
            try AuditLog.note(
                Self.code(of: standing), by: actor, target: user.rawValue, reason: "was \(account.standing.rawValue)",
                at: now, tx)
        }
    }

    private static func code(of standing: Standing) -> AuditCode {
        switch standing {
        case .active: .accountUnlock
        case .locked: .accountLock
        case .suspended: .accountSuspend
        case .deactivated: .accountDeactivate
        }
    }
}
