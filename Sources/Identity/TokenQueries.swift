import Access
import Storage

/// SQL over `access_tokens` and `refresh_tokens`. Only tags of tokens come here.
enum TokenQueries {
    /// A session as the database has it, and whether its first use makes an older refresh token worthless.
    struct Found {
        let session: KnownSession
        let supersedes: Bool
        let refresh: [UInt8]?
    }

    static func session(_ tag: [UInt8], _ tx: Transaction) throws -> Found? {
        guard
            let row = try tx.first(
                """
                SELECT t.user, t.device, t.expires_at, t.refresh, a.role, a.standing,
                    EXISTS (SELECT 1 FROM refresh_tokens r WHERE r.successor = t.refresh AND r.spent_at IS NULL)
                FROM access_tokens t JOIN accounts a ON a.user = t.user
                WHERE t.tag = ?
                """, .blob(tag))
        else { return nil }
        let number = try row.int(0)
        let session = KnownSession(
            number: number, user: try tx.user(number), device: try row.text(1),
            role: Role(rawValue: try row.text(4)) ?? .anonymous, standing: Standing(rawValue: try row.text(5)) ?? .locked,
            expiresAt: try row.optionalInt(2))
        return Found(session: session, supersedes: try row.bool(6), refresh: try row.optionalBlob(3))
    }

    static func insertAccess(
        _ tag: [UInt8], _ user: Int64, _ device: String, at now: Int64, expires: Int64?, refresh: [UInt8]?, _ tx: Transaction
    ) throws {
        _ = try tx.run(
            "INSERT INTO access_tokens(tag, user, device, created_at, expires_at, refresh) VALUES (?, ?, ?, ?, ?, ?)",
            .blob(tag), .int(user), .text(device), .int(now), SQLValue(expires), SQLValue(refresh))
    }

    static func insertRefresh(
        _ tag: [UInt8], _ user: Int64, _ device: String, at now: Int64, expires: Int64?, _ tx: Transaction
    ) throws {
        _ = try tx.run(
            "INSERT INTO refresh_tokens(tag, user, device, created_at, expires_at) VALUES (?, ?, ?, ?, ?)",
            .blob(tag), .int(user), .text(device), .int(now), SQLValue(expires))
    }

    struct Refresh {
        let user: Int64
        let device: String
        let expiresAt: Int64?
        let successor: [UInt8]?
        let isSpent: Bool
        let standing: Standing
    }

    static func refresh(_ tag: [UInt8], _ tx: Transaction) throws -> Refresh? {
        try tx.first(
            """
            SELECT r.user, r.device, r.expires_at, r.successor, r.spent_at, a.standing
            FROM refresh_tokens r JOIN accounts a ON a.user = r.user WHERE r.tag = ?
            """, .blob(tag)
        ).map { row in
            Refresh(
                user: try row.int(0), device: try row.text(1), expiresAt: try row.optionalInt(2),
                successor: try row.optionalBlob(3), isSpent: !row.isNull(4),
                standing: Standing(rawValue: try row.text(5)) ?? .locked)
        }
    }

    /// The pair that a refresh token was last exchanged for was never used, so it is taken back.
    static func withdraw(_ successor: [UInt8], _ tx: Transaction) throws {
        _ = try tx.run("DELETE FROM access_tokens WHERE refresh = ?", .blob(successor))
        _ = try tx.run("DELETE FROM refresh_tokens WHERE tag = ?", .blob(successor))
    }

    static func setSuccessor(_ successor: [UInt8], of tag: [UInt8], _ tx: Transaction) throws {
        _ = try tx.run("UPDATE refresh_tokens SET successor = ? WHERE tag = ?", .blob(successor), .blob(tag))
    }

    /// The pair with this refresh token is in use: the one before it is worth nothing any more.
    static func spendPredecessor(of refresh: [UInt8], at now: Int64, _ tx: Transaction) throws {
        _ = try tx.run(
            "DELETE FROM access_tokens WHERE refresh IN (SELECT tag FROM refresh_tokens WHERE successor = ?)", .blob(refresh))
        _ = try tx.run(
            "UPDATE refresh_tokens SET spent_at = ? WHERE successor = ? AND spent_at IS NULL", .int(now), .blob(refresh))
    }

    /// Removes the tokens of a device, which stays.
    static func delete(_ user: Int64, _ device: String, _ tx: Transaction) throws {
        _ = try tx.run("DELETE FROM access_tokens WHERE user = ? AND device = ?", .int(user), .text(device))
        _ = try tx.run("DELETE FROM refresh_tokens WHERE user = ? AND device = ?", .int(user), .text(device))
    }

    /// Tokens that ran out a month ago are forgotten; until then they get the answer that lets a client sign in again. Spent
    /// refresh tokens are remembered for a day.
    static func removeExpired(at now: Int64, _ tx: Transaction) throws {
        let day: Int64 = 86_400_000
        _ = try tx.run("DELETE FROM access_tokens WHERE expires_at < ?", .int(now - 30 * day))
        _ = try tx.run("DELETE FROM refresh_tokens WHERE expires_at < ?", .int(now - 30 * day))
        _ = try tx.run("DELETE FROM refresh_tokens WHERE spent_at < ?", .int(now - day))
        _ = try tx.run("DELETE FROM login_tokens WHERE expires_at < ?", .int(now))
        _ = try tx.run("DELETE FROM setup_tokens WHERE expires_at < ?", .int(now))
        try OpenIDTokenQueries.removeExpired(at: now, tx)
    }
}
