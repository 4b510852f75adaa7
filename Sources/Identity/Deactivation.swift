import Access
import Audit
import Matrix
import Storage

extension Accounts {
    /// Ends an account for good. The name stays taken, sessions and password are gone.
    /// - Parameter erases: whether everything goes that is kept of the person, with the key that it was sealed with. What was
    ///   said in rooms stays for those who were there; who comes later gets it redacted.
    /// - Throws: `M_FORBIDDEN` for the last administrator.
    package func deactivate(
        erasing erases: Bool, _ authorisation: Authorisation, by requester: Requester
    ) async throws {
        try await deactivate(requester.number, erases, by: .requester(requester))
    }

    /// Ends somebody's account for good, for administrators.
    /// - Throws: `M_NOT_FOUND`, `M_FORBIDDEN` for the last administrator.
    package func deactivate(_ user: UserID, erasing erases: Bool, by actor: AuditEntry.Actor) async throws {
        guard let number = try await store.read({ tx in try tx.number(of: user) }) else {
            throw IdentityError.unknownAccount
        }
        try await deactivate(number, erases, by: actor)
    }

    private func deactivate(_ number: Int64, _ erases: Bool, by actor: AuditEntry.Actor) async throws {
        let now = time()
        try await store.write { [self] tx in
            guard let account = try AccountQueries.account(number, tx), account.standing != .deactivated else {
                throw IdentityError.unknownAccount
            }
            if account.role == .admin, account.standing == .active, try AccountQueries.administrators(tx) <= 1 {
                throw IdentityError.lastAdministrator
            }
            _ = try AccountQueries.deactivate(number, at: now, tx)
            try endAll(number, except: nil, tx)
            try deactivated(number, tx)
            try OpenIDTokenQueries.deleteAll(number, tx)
            if erases { try tx.forget(person: number) }
            try AuditLog.note(
                erases ? .accountErase : .accountDeactivate, by: actor, target: account.user.rawValue, at: now, tx)
        }
    }
}
