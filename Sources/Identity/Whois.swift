import Access
import Audit
import Matrix
import Storage

extension Accounts {
    /// The devices of somebody, with when and from where they were last seen: for himself and for those who manage accounts.
    /// An administrator's look is recorded.
    ///
    /// [Specification](https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3adminwhoisuserid)
    /// - Throws: `M_FORBIDDEN` before anything is looked up; `M_NOT_FOUND`.
    package func whois(_ user: UserID, by requester: Requester, role: Role) async throws -> [Device] {
        if user == requester.user { return try await devices(of: requester) }
        guard role.may(.accountManage) else { throw MatrixError.forbidden("you can only ask about yourself") }
        let now = time()
        let (number, stored) = try await store.write { tx in
            guard let account = try AccountQueries.account(of: user, tx) else { throw IdentityError.unknownAccount }
            try AuditLog.note(.adminRead, by: .requester(requester), target: user.rawValue, reason: "whois", at: now, tx)
            return (account.number, try DeviceQueries.devices(of: account.number, tx))
        }
        let pending = lastSeen.pending(of: number)
        return stored.map { $0.seen(pending[$0.id]) }
    }
}
