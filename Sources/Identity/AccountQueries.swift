import Access
import Matrix
import Storage

/// What a password is checked against.
struct Credentials {
    let number: Int64
    let standing: Standing
    let hash: String?
    let version: Int64
}

/// SQL over `accounts`.
enum AccountQueries {
    private static let columns = "user, role, standing, created_at, password IS NOT NULL"

    static func account(_ number: Int64, _ tx: Transaction) throws -> Account? {
        try tx.first("SELECT \(columns) FROM accounts WHERE user = ?", .int(number)).map { try account($0, tx) }
    }

    static func accounts(after number: Int64, limit: Int, _ tx: Transaction) throws -> [Account] {
        try tx.rows("SELECT \(columns) FROM accounts WHERE user > ? ORDER BY user LIMIT ?", .int(number), .int(Int64(limit)))
            .map { try account($0, tx) }
    }

    static func account(of user: UserID, _ tx: Transaction) throws -> Account? {
        try tx.number(of: user).flatMap { try account($0, tx) }
    }

    private static func account(_ row: Record, _ tx: Transaction) throws -> Account {
        // A role or standing that this version does not know holds the account back rather than letting it in.
        Account(
            number: try row.int(0), user: try tx.user(try row.int(0)), role: Role(rawValue: try row.text(1)) ?? .anonymous,
            standing: Standing(rawValue: try row.text(2)) ?? .locked, createdAt: try row.int(3),
            hasPassword: try row.bool(4))
    }

    static func credentials(of user: UserID, _ tx: Transaction) throws -> Credentials? {
        guard let number = try tx.number(of: user),
            let row = try tx.first(
                "SELECT standing, password, credential_version FROM accounts WHERE user = ?", .int(number))
        else { return nil }
        let hash = try row.optionalBlob(1).map { sealed in
            String(decoding: try tx.open(sealed, .person(number), place: passwordPlace(number)), as: UTF8.self)
        }
        return Credentials(
            number: number, standing: Standing(rawValue: try row.text(0)) ?? .locked, hash: hash,
            version: try row.int(2))
    }

    static func insert(_ number: Int64, role: Role, hash: String?, at now: Int64, _ tx: Transaction) throws {
        let sealed = try hash.map { try tx.seal($0.utf8, .person(number), place: passwordPlace(number)) }
        _ = try tx.run(
            """
            INSERT INTO accounts(user, role, standing, created_at, password, password_changed_at)
            VALUES (?, ?, 'active', ?, ?, ?)
            """, .int(number), .text(role.rawValue), .int(now), SQLValue(sealed), sealed == nil ? .null : .int(now))
        try DirectoryPeople.changed(number, tx)
    }

    /// Whether the account was there and not deactivated.
    static func setPassword(_ number: Int64, _ hash: String, at now: Int64, _ tx: Transaction) throws -> Bool {
        let sealed = try tx.seal(hash.utf8, .person(number), place: passwordPlace(number))
        return try tx.run(
            """
            UPDATE accounts SET password = ?, password_changed_at = ?, credential_version = credential_version + 1
            WHERE user = ? AND standing <> 'deactivated'
            """, .blob(sealed), .int(now), .int(number)) == 1
    }

    /// Replaces the hash of the same password by a costlier one, unless the password was changed meanwhile.
    static func rehash(_ credentials: Credentials, _ hash: String, _ tx: Transaction) throws {
        let sealed = try tx.seal(hash.utf8, .person(credentials.number), place: passwordPlace(credentials.number))
        _ = try tx.run(
            "UPDATE accounts SET password = ? WHERE user = ? AND credential_version = ? AND password IS NOT NULL",
            .blob(sealed), .int(credentials.number), .int(credentials.version))
    }

    /// Whether the standing changed.
    static func setStanding(_ number: Int64, _ standing: Standing, _ tx: Transaction) throws -> Bool {
        try DirectoryPeople.changed(number, tx)
        return try tx.run(
            """
            UPDATE accounts SET standing = ?,
                suspended = CASE WHEN ? = 'suspended' THEN 1 WHEN ? = 'active' THEN 0 ELSE suspended END
            WHERE user = ? AND standing <> 'deactivated' AND standing <> ?
            """, .text(standing.rawValue), .text(standing.rawValue), .text(standing.rawValue), .int(number),
            .text(standing.rawValue)) == 1
    }

    static func deactivate(_ number: Int64, at now: Int64, _ tx: Transaction) throws -> Bool {
        try DirectoryPeople.changed(number, tx)
        return try tx.run(
            """
            UPDATE accounts SET standing = 'deactivated', password = NULL, deactivated_at = ?,
                credential_version = credential_version + 1
            WHERE user = ? AND standing <> 'deactivated'
            """, .int(now), .int(number)) == 1
    }

    static func administrators(_ tx: Transaction) throws -> Int64 {
        try tx.first(
            "SELECT count(*) FROM accounts WHERE role = ? AND standing = 'active'", .text(Role.admin.rawValue))?.int(0) ?? 0
    }

    private static func passwordPlace(_ number: Int64) -> String { "accounts/\(number)/password" }
}
