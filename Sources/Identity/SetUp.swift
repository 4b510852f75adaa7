import Access
import Audit
import Keys
import Matrix
import Storage

/// The first start: one token lets one person become the first administrator.
extension Accounts {
    /// Whether there is no administrator yet.
    package func needsSetUp() async throws -> Bool {
        try await store.read { tx in try AccountQueries.administrators(tx) == 0 }
    }

    /// Makes the set-up token; an older one is worth nothing any more.
    /// - Throws: `M_FORBIDDEN` when there is an administrator already.
    package func makeSetUpToken(by origin: Origin) async throws -> String {
        let now = time()
        let token = OpaqueToken.random(.setUp)
        let expires = now + policy.setUpTokenLifetime
        try await store.write { tx in
            guard try AccountQueries.administrators(tx) == 0 else { throw IdentityError.setUpClosed }
            _ = try tx.run("DELETE FROM setup_tokens")
            _ = try tx.run(
                "INSERT INTO setup_tokens(tag, expires_at) VALUES (?, ?)", .blob(tx.tag(token, .session)), .int(expires))
            try AuditLog.note(.serverSetUpToken, by: .origin(origin), at: now, tx)
        }
        return token
    }

    /// Whether a set-up token would be taken right now.
    package func isValid(setUpToken token: String) async throws -> Bool {
        let now = time()
        return try await store.read { tx in try Self.isValid(token, at: now, tx) }
    }

    /// Makes the first administrator, uses up the token and begins a session.
    /// - Throws: `M_FORBIDDEN` when the token is not valid or there is an administrator; what ``create(_:password:role:by:)`` throws.
    package func setUp(
        _ token: String, name: String, password: Secret, device: DeviceChoice, from origin: Origin
    ) async throws -> SignedIn {
        let subjects: [Throttle.Subject] = [.address(origin.address)]
        let now = time()
        try throttle.begin(subjects, at: now)
        guard try await isValid(setUpToken: token) else { throw IdentityError.setUpClosed }
        throttle.succeeded(subjects)
        let user = try newUser(name)
        try checkNewPassword(password, forLocalpart: user.localpart)
        let hash = try await passwords.hash(password)
        let session = NewSession(device, policy)
        try await insert(user, .admin, hash, session, .serverSetUp, by: .origin(origin)) { tx in
            // Two who hold the link at once: the transaction decides which of them it makes administrator.
            guard try Self.isValid(token, at: now, tx) else { throw IdentityError.setUpClosed }
            _ = try tx.run("DELETE FROM setup_tokens")
        }
        return session.signedIn(user)
    }

    private static func isValid(_ token: String, at now: Int64, _ tx: Transaction) throws -> Bool {
        guard try AccountQueries.administrators(tx) == 0 else { return false }
        return try tx.first(
            "SELECT 1 FROM setup_tokens WHERE tag = ? AND expires_at > ?", .blob(tx.tag(token, .session)), .int(now)) != nil
    }
}
