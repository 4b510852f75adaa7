import Keys
import Matrix
import Storage

/// A pusher as it is stored.
struct StoredPusher: Sendable {
    let person: Int64
    let tag: [UInt8]
    let pusher: Pusher
    /// When it was set, in milliseconds.
    let setAt: Int64
    /// Up to where it was told.
    let position: Int64
    /// Since when it could not be told, in milliseconds.
    let failingSince: Int64?
}

/// The statements of pushers.
enum PusherQueries {
    private static let columns = "person, tag, set_at, position, failing_since, sealed"

    /// The keyed tag of an app and a push key.
    static func tag(_ name: PusherName, _ tx: Transaction) -> [UInt8] {
        tx.tag("\(name.appID)\0\(name.pushKey)", .pushKey)
    }

    /// A person's pushers, the oldest first.
    static func pushers(of person: Int64, _ tx: Transaction) throws -> [StoredPusher] {
        try tx.rows("SELECT \(columns) FROM pushers WHERE person = ? ORDER BY set_at, tag", .int(person))
            .map { try pusher($0, tx) }
    }

    /// Everybody who has one.
    static func people(_ tx: Transaction) throws -> [Int64] {
        try tx.rows("SELECT DISTINCT person FROM pushers ORDER BY person").map { try $0.int(0) }
    }

    /// How many a person has.
    static func count(of person: Int64, _ tx: Transaction) throws -> Int {
        Int(try tx.first("SELECT COUNT(*) FROM pushers WHERE person = ?", .int(person))?.int(0) ?? 0)
    }

    /// Puts a pusher in the place of the one with its name.
    static func put(
        _ pusher: Pusher, of person: Int64, _ device: String, tag: [UInt8], at now: Int64, position: Int64, _ tx: Transaction
    ) throws {
        let sealed = try tx.seal(pusher.json, .person(person), place: place(tag))
        try tx.run(
            """
            INSERT INTO pushers(person, device, tag, set_at, position, sealed) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (person, tag) DO UPDATE SET device = excluded.device, set_at = excluded.set_at,
                position = excluded.position, failing_since = NULL, sealed = excluded.sealed
            """,
            .int(person), .text(device), .blob(tag), .int(now), .int(position), .blob(sealed))
    }

    /// Removes a pusher; says whether there was one.
    static func delete(_ tag: [UInt8], of person: Int64, _ tx: Transaction) throws -> Bool {
        try tx.run("DELETE FROM pushers WHERE person = ? AND tag = ?", .int(person), .blob(tag)) > 0
    }

    /// Removes what others have under a name.
    static func deleteOthers(_ tag: [UInt8], than person: Int64, _ tx: Transaction) throws {
        try tx.run("DELETE FROM pushers WHERE tag = ? AND person <> ?", .blob(tag), .int(person))
    }

    /// Notes up to where a pusher was told, and since when it cannot be; a pusher that was set anew meanwhile is left alone.
    static func note(_ stored: StoredPusher, position: Int64, failingSince: Int64?, _ tx: Transaction) throws {
        try tx.run(
            "UPDATE pushers SET position = ?, failing_since = ? WHERE person = ? AND tag = ? AND set_at = ?",
            .int(position), SQLValue(failingSince), .int(stored.person), .blob(stored.tag), .int(stored.setAt))
    }

    private static func place(_ tag: [UInt8]) -> String { "pushers/\(Hex.encode(tag))" }

    private static func pusher(_ row: Record, _ tx: Transaction) throws -> StoredPusher {
        let (person, tag) = (try row.int(0), try row.blob(1))
        let json = try tx.open(row.blob(5), .person(person), place: place(tag))
        return StoredPusher(
            person: person, tag: tag, pusher: try Pusher(parsing: JSON(parsing: json)), setAt: try row.int(2),
            position: try row.int(3), failingSince: try row.optionalInt(4))
    }
}
