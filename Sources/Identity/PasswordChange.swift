import Audit
import Keys
import Matrix
import Storage

extension Accounts {
    /// Refuses a password that a new account or a changed one may not have. To be asked before authentication begins.
    /// - Throws: `M_WEAK_PASSWORD`.
    package func checkNewPassword(_ password: Secret, forLocalpart localpart: String?) throws(IdentityError) {
        try PasswordPolicy(minimumLength: policy.minimumPasswordLength).check(password, localpart: localpart)
    }

    /// Changes a password.
    /// - Parameters:
    ///   - endsOthers: whether the person's other devices are signed out and removed.
    ///   - authorisation: by the password until now.
    ///   - requester: who asks; his own session stays.
    package func changePassword(
        to password: Secret, endingOthers endsOthers: Bool, _ authorisation: Authorisation, by requester: Requester
    ) async throws {
        try checkNewPassword(password, forLocalpart: requester.user.localpart)
        let hash = try await passwords.hash(password)
        let now = time()
        try await store.write { [self] tx in
            guard try AccountQueries.setPassword(requester.number, hash, at: now, tx) else {
                throw IdentityError.unknownAccount
            }
            if endsOthers { try endAll(requester.number, except: requester.device, tx) }
            try AuditLog.note(
                .accountPasswordChange, by: .requester(requester), reason: endsOthers ? "other sessions ended" : nil, at: now,
                tx)
        }
    }

    /// Sets somebody's password, for administrators; all his sessions end.
    /// - Throws: `M_NOT_FOUND`, `M_WEAK_PASSWORD`.
    package func resetPassword(of user: UserID, to password: Secret, by actor: AuditEntry.Actor) async throws {
        try checkNewPassword(password, forLocalpart: user.localpart)
        let hash = try await passwords.hash(password)
        let now = time()
        try await store.write { [self] tx in
            guard let number = try tx.number(of: user), try AccountQueries.setPassword(number, hash, at: now, tx) else {
                throw IdentityError.unknownAccount
            }
            try endAll(number, except: nil, tx)
            try AuditLog.note(.accountPasswordReset, by: actor, target: user.rawValue, at: now, tx)
        }
    }
}
