import Audit
import Matrix
import Storage

extension Accounts {
    /// Exchanges a refresh token for a new pair.
    ///
    /// The token can be exchanged again until the new pair is used, which takes back the pair given before. A token that is
    /// shown after that is in two hands: the sessions of the device end.
    ///
    /// [Refreshing access tokens](https://spec.matrix.org/v1.19/client-server-api/#refreshing-access-tokens)
    /// - Throws: `M_UNKNOWN_TOKEN`, with `soft_logout` where the device may sign in again; `M_USER_LOCKED`.
    package func refresh(_ token: String, from origin: Origin) async throws -> TokenPair {
        let now = time()
        let pair = TokenPair(refreshes: true, policy)
        let result: Result<Void, IdentityError> = try await store.write { [self] tx in
            let tag = tx.tag(token, .refreshToken)
            guard let known = try TokenQueries.refresh(tag, tx) else { return .failure(.unknownToken) }
            if let expires = known.expiresAt, expires <= now { return .failure(.expiredToken) }
            guard known.standing != .locked else { return .failure(.locked) }
            let requester = Requester(
                user: try tx.user(known.user), number: known.user, device: known.device, origin: origin)
            guard !known.isSpent else {
                try TokenQueries.delete(known.user, known.device, tx)
                end(known.user, known.device, after: tx)
                try AuditLog.note(
                    .sessionRefreshReused, by: .requester(requester), target: known.device, outcome: .denied, at: now, tx)
                return .failure(.expiredToken)
            }
            if let successor = known.successor { try TokenQueries.withdraw(successor, tx) }
            try TokenQueries.spendPredecessor(of: tag, at: now, tx)
            try pair.insert(known.user, known.device, at: now, policy, tx)
            if let refresh = pair.refresh { try TokenQueries.setSuccessor(tx.tag(refresh, .refreshToken), of: tag, tx) }
            try AuditLog.note(.sessionRefresh, by: .requester(requester), target: known.device, at: now, tx)
            let user = known.user
            tx.afterCommit { [sessions] in sessions.forget(user) }
            return .success(())
        }
        try result.get()
        return pair
    }
}
