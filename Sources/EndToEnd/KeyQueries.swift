import Keys
import Matrix
import Storage

/// SQL over the keys of devices.
enum KeyQueries {
    // Identity keys

    /// The identity keys of one device, as uploaded.
    static func identity(of person: Int64, _ device: String, _ tx: Transaction) throws -> JSON? {
        try tx.first("SELECT sealed FROM device_keys WHERE person = ? AND device = ?", .int(person), .text(device)).map {
            try JSON(parsing: tx.open($0.blob(0), .person(person), place: place("device_keys", person, device)))
        }
    }

    /// The identity keys of all devices of a person.
    static func identities(of person: Int64, _ tx: Transaction) throws -> [(device: String, object: JSON)] {
        try tx.rows("SELECT device, sealed FROM device_keys WHERE person = ? ORDER BY device", .int(person)).map { row in
            let device = try row.text(0)
            let bytes = try tx.open(row.blob(1), .person(person), place: place("device_keys", person, device))
            return (device, try JSON(parsing: bytes))
        }
    }

    static func setIdentity(_ object: JSON, of person: Int64, _ device: String, _ tx: Transaction) throws {
        let sealed = try tx.seal(object.raw, .person(person), place: place("device_keys", person, device))
        try tx.run(
            """
            INSERT INTO device_keys(person, device, sealed) VALUES (?, ?, ?)
            ON CONFLICT (person, device) DO UPDATE SET sealed = excluded.sealed
            """, .int(person), .text(device), .blob(sealed))
    }

    /// Removes everything that a device has published; whether it had identity keys.
    static func removeAll(of person: Int64, _ device: String, _ tx: Transaction) throws -> Bool {
        try removeOneTimeKeys(of: person, device, tx)
        return try tx.run("DELETE FROM device_keys WHERE person = ? AND device = ?", .int(person), .text(device)) > 0
    }

    /// Removes the one-time and fallback keys of a device.
    static func removeOneTimeKeys(of person: Int64, _ device: String, _ tx: Transaction) throws {
        try tx.run("DELETE FROM one_time_keys WHERE person = ? AND device = ?", .int(person), .text(device))
        try tx.run("DELETE FROM fallback_keys WHERE person = ? AND device = ?", .int(person), .text(device))
        try tx.run("DELETE FROM claimed_keys WHERE person = ? AND device = ?", .int(person), .text(device))
    }

    // One-time keys

    /// The stored entry of a one-time key.
    static func oneTimeKey(_ key: PublishedKey, of person: Int64, _ device: String, _ tx: Transaction) throws -> [UInt8]? {
        let tag = tag(of: key, tx)
        return try tx.first(
            "SELECT sealed FROM one_time_keys WHERE person = ? AND device = ? AND algorithm = ? AND tag = ?",
            .int(person), .text(device), .text(column(key.algorithm, tx)), .blob(tag)
        ).map { try open($0.blob(0), of: person, device, Hex.encode(tag), tx) }
    }

    static func insertOneTimeKey(
        _ key: PublishedKey, of person: Int64, _ device: String, at position: Int64, _ tx: Transaction
    ) throws {
        let tag = tag(of: key, tx)
        let sealed = try seal(key.entry, of: person, device, Hex.encode(tag), tx)
        try tx.run(
            "INSERT INTO one_time_keys(person, device, algorithm, tag, position, sealed) VALUES (?, ?, ?, ?, ?, ?)",
            .int(person), .text(device), .text(column(key.algorithm, tx)), .blob(tag), .int(position), .blob(sealed))
    }

    /// How many one-time keys a device has.
    static func oneTimeKeyCount(of person: Int64, _ device: String, _ tx: Transaction) throws -> Int {
        let row = try tx.first("SELECT count(*) FROM one_time_keys WHERE person = ? AND device = ?", .int(person), .text(device))
        return Int(try row?.int(0) ?? 0)
    }

    /// Takes out a one-time key of the oldest upload; nil when there is none left.
    static func takeOneTimeKey(
        _ algorithm: String, of person: Int64, _ device: String, _ tx: Transaction
    ) throws -> [UInt8]? {
        let column = column(algorithm, tx)
        guard
            let row = try tx.first(
                """
                SELECT tag, sealed FROM one_time_keys WHERE person = ? AND device = ? AND algorithm = ?
                ORDER BY position, tag LIMIT 1
                """, .int(person), .text(device), .text(column))
        else { return nil }
        let tag = try row.blob(0)
        try tx.run(
            "DELETE FROM one_time_keys WHERE person = ? AND device = ? AND algorithm = ? AND tag = ?",
            .int(person), .text(device), .text(column), .blob(tag))
        let entry = try open(row.blob(1), of: person, device, Hex.encode(tag), tx)
        try tx.run(
            "INSERT INTO claimed_keys(person, device, tag) VALUES (?, ?, ?) ON CONFLICT (person, device, tag) DO NOTHING",
            .int(person), .text(device), .blob(try claimTag(entry, tx)))
        return entry
    }

    /// Whether this very key was handed out before.
    static func wasClaimed(_ key: PublishedKey, of person: Int64, _ device: String, _ tx: Transaction) throws -> Bool {
        try tx.first(
            "SELECT 1 FROM claimed_keys WHERE person = ? AND device = ? AND tag = ?", .int(person), .text(device),
            .blob(try claimTag(key.entry, tx))) != nil
    }

    // Fallback keys

    /// The fallback key of an algorithm, and whether it was handed out before.
    static func fallbackKey(
        _ algorithm: String, of person: Int64, _ device: String, _ tx: Transaction
    ) throws -> (entry: [UInt8], isUsed: Bool)? {
        let column = column(algorithm, tx)
        return try tx.first(
            "SELECT sealed, used FROM fallback_keys WHERE person = ? AND device = ? AND algorithm = ?",
            .int(person), .text(device), .text(column)
        ).map { (try open($0.blob(0), of: person, device, "fallback/\(column)", tx), try $0.bool(1)) }
    }

    static func setFallbackKey(_ key: PublishedKey, of person: Int64, _ device: String, _ tx: Transaction) throws {
        let column = column(key.algorithm, tx)
        try tx.run(
            """
            INSERT INTO fallback_keys(person, device, algorithm, used, sealed) VALUES (?, ?, ?, 0, ?)
            ON CONFLICT (person, device, algorithm) DO UPDATE SET used = 0, sealed = excluded.sealed
            """,
            .int(person), .text(device), .text(column),
            .blob(try seal(key.entry, of: person, device, "fallback/\(column)", tx)))
    }

    static func markFallbackUsed(_ algorithm: String, of person: Int64, _ device: String, _ tx: Transaction) throws {
        try tx.run(
            "UPDATE fallback_keys SET used = 1 WHERE person = ? AND device = ? AND algorithm = ?",
            .int(person), .text(device), .text(column(algorithm, tx)))
    }

    /// How many algorithms a device has fallback keys of.
    static func fallbackKeyCount(of person: Int64, _ device: String, _ tx: Transaction) throws -> Int {
        let row = try tx.first("SELECT count(*) FROM fallback_keys WHERE person = ? AND device = ?", .int(person), .text(device))
        return Int(try row?.int(0) ?? 0)
    }

    // What is left

    static func supply(of person: Int64, _ device: String, _ tx: Transaction) throws -> KeySupply {
        let counts = try tx.rows(
            """
            SELECT algorithm, count(*), min(tag) FROM one_time_keys WHERE person = ? AND device = ?
            GROUP BY algorithm ORDER BY algorithm
            """, .int(person), .text(device)
        ).map { row -> KeySupply.Count in
            let column = try row.text(0)
            let name = try name(column) {
                let sample = try tx.first(
                    "SELECT sealed FROM one_time_keys WHERE person = ? AND device = ? AND algorithm = ? AND tag = ?",
                    .int(person), .text(device), .text(column), .blob(row.blob(2)))
                return try open(sample?.blob(0) ?? [], of: person, device, Hex.encode(row.blob(2)), tx)
            }
            return KeySupply.Count(algorithm: name, keys: Int(try row.int(1)))
        }
        let fallbacks = try tx.rows(
            "SELECT algorithm, sealed FROM fallback_keys WHERE person = ? AND device = ? AND used = 0 ORDER BY algorithm",
            .int(person), .text(device)
        ).map { row in
            let column = try row.text(0)
            return try name(column) { try open(row.blob(1), of: person, device, "fallback/\(column)", tx) }
        }
        return KeySupply(counts: counts, unusedFallbacks: fallbacks)
    }

    // Names

    /// Algorithms that stand in clear. Any other is a word of the uploader's own, so its column is a tag.
    private static let knownAlgorithms: Set<String> = ["signed_curve25519", "curve25519"]

    private static func column(_ algorithm: String, _ tx: Transaction) -> String {
        knownAlgorithms.contains(algorithm) ? algorithm : "~" + Hex.encode(tx.tag("algorithm/\(algorithm)", .other))
    }

    /// The algorithm of a column; a tag is resolved by the name of a key.
    private static func name(_ column: String, _ entry: () throws -> [UInt8]) throws -> String {
        guard column.hasPrefix("~") else { return column }
        let key = try JSON(parsing: entry()).members.first { _ in true }?.key ?? ""
        return String(key.prefix { $0 != ":" })
    }

    private static func claimTag(_ entry: [UInt8], _ tx: Transaction) throws -> [UInt8] {
        // What has no canonical form is known by its bytes.
        let bytes = (try? JSON(parsing: entry).canonical(integers: .byValue)) ?? entry
        return tx.tag("claimed/\(String(decoding: bytes, as: UTF8.self))", .other)
    }

    private static func tag(of key: PublishedKey, _ tx: Transaction) -> [UInt8] { tx.tag("one-time/\(key.id)", .other) }

    private static func place(_ table: String, _ person: Int64, _ device: String) -> String { "\(table)/\(person)/\(device)" }

    private static func seal(
        _ entry: [UInt8], of person: Int64, _ device: String, _ name: String, _ tx: Transaction
    ) throws -> [UInt8] {
        try tx.seal(entry, .person(person), place: place("one_time_keys", person, device) + "/" + name)
    }

    private static func open(
        _ sealed: [UInt8], of person: Int64, _ device: String, _ name: String, _ tx: Transaction
    ) throws -> [UInt8] {
        try tx.open(sealed, .person(person), place: place("one_time_keys", person, device) + "/" + name)
    }
}
