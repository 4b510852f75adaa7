import Audit
import Matrix
import Storage

/// SQL over `login_tokens`.
enum LoginTokenQueries {
    static func insert(_ tag: [UInt8], _ user: Int64, expires: Int64, _ tx: Transaction) throws {
        _ = try tx.run("INSERT INTO login_tokens(tag, user, expires_at) VALUES (?, ?, ?)", .blob(tag), .int(user), .int(expires))
    }

    /// Whose token it was; it is gone then.
    static func take(_ tag: [UInt8], at now: Int64, _ tx: Transaction) throws -> Int64? {
        guard let row = try tx.first("SELECT user, expires_at FROM login_tokens WHERE tag = ?", .blob(tag)) else { return nil }
        guard try tx.run("DELETE FROM login_tokens WHERE tag = ?", .blob(tag)) == 1, try row.int(1) > now else { return nil }
        return try row.int(0)
    }

    static func deleteAll(_ user: Int64, _ tx: Transaction) throws {
        _ = try tx.run("DELETE FROM login_tokens WHERE user = ?", .int(user))
    }
}

/// A token that lets another client of the same person sign in once.
package struct LoginToken: Sendable {
    /// The token.
    package let token: String
    /// How long it lasts, in milliseconds.
    package let lifetime: Int64
}

extension Accounts {
    /// Makes a login token for the person who asks.
    package func makeLoginToken(_ authorisation: Authorisation, by requester: Requester) async throws -> LoginToken {
        let now = time()
        let token = LoginToken(token: OpaqueToken.random(.login), lifetime: policy.loginTokenLifetime)
        try await store.write { tx in
            try LoginTokenQueries.insert(
                tx.tag(token.token, .loginToken), requester.number, expires: now + token.lifetime, tx)
            try AuditLog.note(.sessionTokenIssued, by: .requester(requester), at: now, tx)
        }
        return token
    }
}
