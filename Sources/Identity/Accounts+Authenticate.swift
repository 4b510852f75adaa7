import Audit
import Matrix
import Storage

extension Accounts {
    /// The session of an access token. Answers from memory when the token was seen lately.
    /// - Parameter lockedToo: whether a locked account passes, as it must to sign out.
    /// - Throws: `M_UNKNOWN_TOKEN`, with `soft_logout` when the token has run out; `M_USER_LOCKED`.
    package func authenticate(token: String, origin: Origin, lockedToo: Bool = false) async throws -> Session {
        let now = time()
        let fingerprint = SessionCache.Fingerprint(token)
        let known: KnownSession
        if let cached = sessions[fingerprint] {
            known = cached
        } else {
            known = try await readSession(token, fingerprint, at: now)
        }
        if let expires = known.expiresAt, expires <= now { throw IdentityError.expiredToken.matrixError }
        if known.standing == .locked, !lockedToo { throw IdentityError.locked.matrixError }
        lastSeen.note(known.number, known.device, origin, at: now)
        return Session(known, origin: origin)
    }

    private func readSession(_ token: String, _ fingerprint: SessionCache.Fingerprint, at now: Int64) async throws -> KnownSession
    {
        let ticket = sessions.ticket()
        let found = try await store.read { tx in try TokenQueries.session(tx.tag(token, .token), tx) }
        guard let found else { throw IdentityError.unknownToken.matrixError }
        if let expires = found.session.expiresAt, expires <= now { throw IdentityError.expiredToken.matrixError }
        guard found.supersedes, let refresh = found.refresh else {
            sessions.remember(fingerprint, found.session, readAt: ticket)
            return found.session
        }
        // The client holds the new pair, so the old one is of no more use to anybody.
        let user = found.session.number
        try await store.write { [sessions] tx in
            try TokenQueries.spendPredecessor(of: refresh, at: now, tx)
            tx.afterCommit { sessions.forget(user) }
        }
        return found.session
    }
}
