import Audit
import Matrix
import Storage

/// A token that lets whoever has it make an account.
package struct RegistrationToken: Sendable, Equatable {
    /// The token as people type it.
    package let token: String
    /// How many accounts it may make; nil is any number.
    package let usesAllowed: Int64?
    /// How many it has made.
    package let completed: Int64
    /// When it runs out, in milliseconds since 1970; nil is never.
    package let expiresAt: Int64?
    /// When it was made.
    package let createdAt: Int64
    /// How many accounts are being made with it right now.
    package var pending: Int64 = 0

    func isOpen(at now: Int64) -> Bool {
        (usesAllowed.map { completed < $0 } ?? true) && (expiresAt.map { now < $0 } ?? true)
    }

    /// [Opaque identifiers](https://spec.matrix.org/v1.19/appendices/#opaque-identifiers) of at most 64 characters.
    static func isGrammatical(_ token: String) -> Bool {
        (1...64).contains(token.utf8.count)
            && token.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"),
                    UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}

/// SQL over `registration_tokens`.
enum RegistrationTokenQueries {
    private static let columns = "tag, sealed, uses_allowed, completed, expires_at, created_at"

    static func token(_ tag: [UInt8], _ tx: Transaction) throws -> RegistrationToken? {
        try tx.first("SELECT \(columns) FROM registration_tokens WHERE tag = ?", .blob(tag)).map { try token($0, tx) }
    }

    static func all(_ tx: Transaction) throws -> [(tag: [UInt8], token: RegistrationToken)] {
        try tx.rows("SELECT \(columns) FROM registration_tokens ORDER BY created_at, tag")
            .map { (try $0.blob(0), try token($0, tx)) }
    }

    private static func token(_ row: Record, _ tx: Transaction) throws -> RegistrationToken {
        let text = try tx.open(try row.blob(1), .server, place: place(try row.blob(0)))
        return RegistrationToken(
            token: String(decoding: text, as: UTF8.self), usesAllowed: try row.optionalInt(2), completed: try row.int(3),
            expiresAt: try row.optionalInt(4), createdAt: try row.int(5))
    }

    /// Whether the token is new.
    static func insert(_ token: RegistrationToken, _ tx: Transaction) throws -> Bool {
        let tag = tx.tag(token.token, .registrationToken)
        let sealed = try tx.seal(token.token.utf8, .server, place: place(tag))
        return try tx.run(
            """
            INSERT INTO registration_tokens(tag, sealed, uses_allowed, expires_at, created_at) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (tag) DO NOTHING
            """, .blob(tag), .blob(sealed), SQLValue(token.usesAllowed), SQLValue(token.expiresAt), .int(token.createdAt)) == 1
    }

    /// Counts an account made; false when the token has no use left or is gone.
    static func use(_ tag: [UInt8], _ tx: Transaction) throws -> Bool {
        try tx.run(
            """
            UPDATE registration_tokens SET completed = completed + 1
            WHERE tag = ? AND (uses_allowed IS NULL OR completed < uses_allowed)
            """, .blob(tag)) == 1
    }

    static func delete(_ tag: [UInt8], _ tx: Transaction) throws -> Bool {
        try tx.run("DELETE FROM registration_tokens WHERE tag = ?", .blob(tag)) == 1
    }

    private static func place(_ tag: [UInt8]) -> String { "registration_tokens/\(Base64.encode(tag))" }
}

extension Accounts {
    /// Makes a registration token.
    /// - Parameters:
    ///   - chosen: the token itself; nil makes a random one.
    ///   - usesAllowed: how many accounts it may make; nil is any number.
    ///   - lifetime: milliseconds until it runs out; nil is never.
    /// - Throws: `M_INVALID_PARAM` when it exists already or is not an opaque identifier of at most 64 characters.
    package func makeRegistrationToken(
        _ chosen: String? = nil, usesAllowed: Int64?, lifetime: Int64?, by actor: AuditEntry.Actor
    ) async throws -> RegistrationToken {
        let now = time()
        let text = chosen ?? OpaqueToken.registration()
        guard RegistrationToken.isGrammatical(text), usesAllowed ?? 0 >= 0 else {
            throw MatrixError.invalidParam("a registration token has 1 to 64 of a-z, A-Z, 0-9 and . _ ~ -")
        }
        let token = RegistrationToken(
            token: text, usesAllowed: usesAllowed, completed: 0, expiresAt: lifetime.map { now + $0 }, createdAt: now)
        try await store.write { tx in
            guard try RegistrationTokenQueries.insert(token, tx) else {
                throw MatrixError.invalidParam("this registration token exists already")
            }
            try AuditLog.note(.adminRegistrationTokenCreate, by: actor, at: now, tx)
        }
        return token
    }

    /// All registration tokens, the oldest first.
    package func registrationTokens() async throws -> [RegistrationToken] {
        let now = time()
        return try await store.read { tx in try RegistrationTokenQueries.all(tx) }.map { tag, token in
            var token = token
            token.pending = interactive.pending(tag, at: now)
            return token
        }
    }

    /// Makes a registration token worthless.
    /// - Throws: `M_NOT_FOUND`.
    package func deleteRegistrationToken(_ token: String, by actor: AuditEntry.Actor) async throws {
        let now = time()
        try await store.write { tx in
            guard try RegistrationTokenQueries.delete(tx.tag(token, .registrationToken), tx) else {
                throw MatrixError.notFound("there is no such registration token")
            }
            try AuditLog.note(.adminRegistrationTokenDelete, by: actor, at: now, tx)
        }
    }

    /// Whether a registration token would be taken right now.
    /// - Throws: `M_FORBIDDEN` where registration is closed.
    package func isValid(registrationToken token: String) async throws -> Bool {
        guard policy.registration != .closed else { throw IdentityError.registrationClosed }
        let now = time()
        let found = try await store.read { tx in
            let tag = tx.tag(token, .registrationToken)
            return try RegistrationTokenQueries.token(tag, tx).map { (tag, $0) }
        }
        guard let (tag, token) = found, token.isOpen(at: now) else { return false }
        return token.usesAllowed.map { token.completed + interactive.pending(tag, at: now) < $0 } ?? true
    }
}
