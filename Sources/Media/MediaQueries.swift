import Matrix
import Storage

/// What a row of the table of media says, its sealed part still closed.
struct MediaRow: Sendable {
    /// How far an address has come.
    enum State: Int64, Sendable {
        /// Reserved.
        case pending = 0
        /// There is content.
        case present = 1
        /// There is content, and nobody gets it.
        case quarantined = 2
    }

    let number: Int64
    /// Who uploaded it; nil for what the server fetched.
    let owner: Int64?
    let state: State
    let createdAt: Int64
    /// When a reserved address is given up.
    let expiresAt: Int64?
    let sealed: [UInt8]?

    /// Whether somebody may still upload to it.
    func isWaiting(at now: Int64) -> Bool { state == .pending && expiresAt.map { $0 > now } ?? false }
}

/// The statements of media.
enum MediaQueries {
    static func row(_ id: MediaID, _ tx: Transaction) throws -> MediaRow? {
        let row = try tx.first(
            "SELECT number, owner, state, created_at, expires_at, sealed FROM media WHERE tag = ?",
            .blob(tx.tag(id.rawValue, .media)))
        guard let row, let state = MediaRow.State(rawValue: try row.int(2)) else { return nil }
        return MediaRow(
            number: try row.int(0), owner: try row.optionalInt(1), state: state, createdAt: try row.int(3),
            expiresAt: try row.optionalInt(4), sealed: try row.optionalBlob(5))
    }

    static func reserve(_ id: MediaID, for owner: Int64, at now: Int64, until end: Int64, _ tx: Transaction) throws {
        try tx.run(
            "INSERT INTO media (tag, owner, state, created_at, expires_at, bytes) VALUES (?, ?, 0, ?, ?, 0)",
            .blob(tx.tag(id.rawValue, .media)), .int(owner), .int(now), .int(end))
    }

    static func add(
        _ details: MediaDetails, state: MediaRow.State, owner: Int64?, at now: Int64, _ tx: Transaction
    ) throws {
        try tx.run(
            "INSERT INTO media (tag, owner, state, created_at, bytes, file, sealed) VALUES (?, ?, ?, ?, ?, ?, ?)",
            .blob(tx.tag(details.id.rawValue, .media)), SQLValue(owner), .int(state.rawValue), .int(now),
            .int(details.object.length), .text(details.object.name), .blob(try details.sealed(for: owner, tx)))
    }

    /// Gives a reserved address its content; false when it is not reserved any more.
    static func fill(
        _ number: Int64, _ details: MediaDetails, state: MediaRow.State, owner: Int64?, at now: Int64, _ tx: Transaction
    ) throws -> Bool {
        try tx.run(
            """
            UPDATE media SET state = ?, created_at = ?, expires_at = NULL, bytes = ?, file = ?, sealed = ?
            WHERE number = ? AND state = 0
            """,
            .int(state.rawValue), .int(now), .int(details.object.length), .text(details.object.name),
            .blob(try details.sealed(for: owner, tx)), .int(number)) == 1
    }

    static func setState(_ number: Int64, _ state: MediaRow.State, _ tx: Transaction) throws {
        try tx.run("UPDATE media SET state = ? WHERE number = ?", .int(state.rawValue), .int(number))
    }

    /// Bytes that a person keeps.
    static func bytes(of owner: Int64, _ tx: Transaction) throws -> Int64 {
        try tx.first("SELECT COALESCE(SUM(bytes), 0) FROM media WHERE owner = ?", .int(owner))?.int(0) ?? 0
    }

    /// Bytes of the pictures that the server has fetched.
    static func fetchedBytes(_ tx: Transaction) throws -> Int64 {
        try tx.first("SELECT COALESCE(SUM(bytes), 0) FROM media WHERE owner IS NULL")?.int(0) ?? 0
    }

    /// How many addresses a person has reserved, and when the first of them is given up.
    static func pending(of owner: Int64, at now: Int64, _ tx: Transaction) throws -> (count: Int64, firstEnd: Int64) {
        let row = try tx.first(
            "SELECT COUNT(*), COALESCE(MIN(expires_at), 0) FROM media WHERE owner = ? AND state = 0 AND expires_at > ?",
            .int(owner), .int(now))
        return (try row?.int(0) ?? 0, try row?.int(1) ?? 0)
    }

    /// The files of a medium: its own and those of its thumbnails.
    static func files(of number: Int64, _ tx: Transaction) throws -> [String] {
        try tx.rows(
            "SELECT file FROM media WHERE number = ? AND file IS NOT NULL UNION ALL SELECT file FROM media_thumbnails WHERE media = ?",
            .int(number), .int(number)
        ).map { try $0.text(0) }
    }

    /// Removes a row, and with it the keys of its files.
    static func delete(_ number: Int64, _ tx: Transaction) throws {
        try tx.run("DELETE FROM media_thumbnails WHERE media = ?", .int(number))
        try tx.run("DELETE FROM media WHERE number = ?", .int(number))
    }

    /// Known files whose names begin with two digits.
    static func files(beginning prefix: String, _ tx: Transaction) throws -> Set<String> {
        // `g` follows the last hexadecimal digit.
        let (low, high) = (SQLValue.text(prefix), SQLValue.text(prefix + "g"))
        let rows = try tx.rows(
            """
            SELECT file FROM media WHERE file >= ? AND file < ?
            UNION ALL SELECT file FROM media_thumbnails WHERE file >= ? AND file < ?
            """, low, high, low, high)
        return Set(try rows.map { try $0.text(0) })
    }

    /// Reserved addresses whose time is over.
    static func expired(at now: Int64, limit: Int, _ tx: Transaction) throws -> [Int64] {
        try tx.rows("SELECT number FROM media WHERE state = 0 AND expires_at <= ? LIMIT ?", .int(now), .int(limit)).map {
            try $0.int(0)
        }
    }

    /// Content that came before a time. What is quarantined stays: it is evidence.
    static func older(than time: Int64, limit: Int, _ tx: Transaction) throws -> [Int64] {
        try tx.rows("SELECT number FROM media WHERE created_at < ? AND state = 1 LIMIT ?", .int(time), .int(limit)).map {
            try $0.int(0)
        }
    }

    /// Pictures of previews that came before a time.
    static func fetched(before time: Int64, limit: Int, _ tx: Transaction) throws -> [Int64] {
        try tx.rows("SELECT number FROM media WHERE created_at < ? AND owner IS NULL LIMIT ?", .int(time), .int(limit)).map {
            try $0.int(0)
        }
    }
}
