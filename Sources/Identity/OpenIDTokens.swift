import Audit
import Matrix
import Storage

/// A token with which another service can find out who somebody is, and nothing else.
package struct OpenIDToken: Sendable {
    /// The token.
    package let token: String
    /// How long it lasts, in milliseconds.
    package let lifetime: Int64
}

extension Accounts {
    /// Makes an [OpenID token](https://spec.matrix.org/v1.19/client-server-api/#openid) for the person who asks.
    package func makeOpenIDToken(by requester: Requester) async throws -> OpenIDToken {
        let now = time()
        let made = OpenIDToken(token: OpaqueToken.random(.openID), lifetime: policy.openIDTokenLifetime)
        try await store.write { tx in
            try OpenIDTokenQueries.insert(
                tx.tag(made.token, .openIDToken), requester.number, expires: now + made.lifetime, tx)
            try AuditLog.note(.accountOpenIDToken, by: .requester(requester), at: now, tx)
        }
        return made
    }

    /// Whose token it is.
    /// - Throws: `M_UNKNOWN_TOKEN` when it is not valid (any more), or its owner may not use the server.
    package func owner(ofOpenIDToken token: String) async throws -> UserID {
        let now = time()
        let owner = try await store.read { tx in try OpenIDTokenQueries.owner(tx.tag(token, .openIDToken), at: now, tx) }
        guard let owner else { throw IdentityError.unknownToken }
        return owner
    }
}

/// SQL over `openid_tokens`. Only tags of tokens come here.
enum OpenIDTokenQueries {
    /// The table; a migration of ``IdentitySchema``.
    static let migration = Migration(
        "identity-3 openid tokens",
        """
        CREATE TABLE openid_tokens(
            tag BLOB NOT NULL PRIMARY KEY,
            "user" INTEGER NOT NULL REFERENCES accounts("user"),
            expires_at INTEGER NOT NULL
        )
        """,
        #"CREATE INDEX openid_tokens_user ON openid_tokens("user")"#,
        "CREATE INDEX openid_tokens_expiry ON openid_tokens(expires_at)")

    /// More valid tokens than this nobody needs; the oldest go.
    private static let mostOfOnePerson: Int64 = 100

    static func insert(_ tag: [UInt8], _ user: Int64, expires: Int64, _ tx: Transaction) throws {
        try tx.run(#"INSERT INTO openid_tokens(tag, "user", expires_at) VALUES (?, ?, ?)"#, .blob(tag), .int(user), .int(expires))
        try tx.run(
            """
            DELETE FROM openid_tokens WHERE "user" = ? AND tag NOT IN
                (SELECT tag FROM openid_tokens WHERE "user" = ? ORDER BY expires_at DESC LIMIT ?)
            """, .int(user), .int(user), .int(mostOfOnePerson))
    }

    static func owner(_ tag: [UInt8], at now: Int64, _ tx: Transaction) throws -> UserID? {
        let row = try tx.first(
            """
            SELECT t."user" FROM openid_tokens t JOIN accounts a ON a."user" = t."user"
            WHERE t.tag = ? AND t.expires_at > ? AND a.standing IN ('active', 'suspended')
            """, .blob(tag), .int(now))
        return try row.map { try tx.user($0.int(0)) }
    }

    static func deleteAll(_ user: Int64, _ tx: Transaction) throws {
        try tx.run(#"DELETE FROM openid_tokens WHERE "user" = ?"#, .int(user))
    }

    static func removeExpired(at now: Int64, _ tx: Transaction) throws {
        try tx.run("DELETE FROM openid_tokens WHERE expires_at < ?", .int(now))
    }
}
