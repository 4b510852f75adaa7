import Crypto
import Storage

/// The audit log: sealed entries, each chained to the one before, written in the transaction of what they tell of.
///
/// `leaf hash = SHA-256(0x00 ‖ sealed)` and `chain = SHA-256(0x01 ‖ chain before ‖ leaf hash)`, with the prefixes of
/// [RFC 9162, 2.1.1](https://www.rfc-editor.org/rfc/rfc9162#section-2.1.1). A sealed head row holds the last number and chain, so
/// that entries cannot be cut off at the end.
package enum AuditLog {
    /// The tables of the log.
    package static let schema: [Migration] = [
        Migration(
            "audit/0001 entries",
            "CREATE TABLE audit_entries (seq INTEGER PRIMARY KEY, leaf BLOB NOT NULL, chain BLOB NOT NULL)",
            "CREATE TABLE audit_head (id INTEGER PRIMARY KEY CHECK (id = 1), sealed BLOB NOT NULL)")
    ]

    /// The last entry of the log.
    package struct Head: Sendable, Hashable {
        /// Its number; 0 for an empty log.
        package let seq: Int64
        /// Its chain value; 32 zero bytes for an empty log.
        package let chain: [UInt8]

        /// The head of a log without entries.
        package static let empty = Head(seq: 0, chain: [UInt8](repeating: 0, count: 32))
    }

    /// Appends an entry. If that is not possible it throws, and with it the change that it belongs to does not happen.
    package static func append(_ entry: AuditEntry, _ tx: Transaction) throws {
        let before = try head(tx)
        let seq = before.seq + 1
        let leaf = try tx.seal(AuditForm.encode(entry), .server, place: place(seq))
        let chain = chain(after: before.chain, leaf: leaf)
        try tx.run("INSERT INTO audit_entries (seq, leaf, chain) VALUES (?, ?, ?)", .int(seq), .blob(leaf), .blob(chain))
        tx.cache(headKey, Head(seq: seq, chain: chain))
        tx.beforeCommit(headKey, storeHead)
    }

    /// The last entry. In a writing transaction this costs nothing.
    package static func head(_ tx: Transaction) throws -> Head {
        try tx.cached(headKey) { try lastRow(tx) }
    }

    /// Entries from `seq` on, opened. Throws at an entry that does not open; `verify` says what is wrong with it.
    package static func entries(from seq: Int64, limit: Int, _ tx: Transaction) throws -> [AuditRecord] {
        try tx.rows("SELECT seq, leaf FROM audit_entries WHERE seq >= ? ORDER BY seq LIMIT ?", .int(seq), .int(limit)).map {
            row in
            let number = try row.int(0)
            let bytes = try tx.open(row.blob(1), .server, place: place(number))
            guard let record = AuditForm.decode(bytes, seq: number) else { throw StorageError.sealBroken(place: place(number)) }
            return record
        }
    }

    private static let headKey = CacheKey("audit.head", 0)

    static func place(_ seq: Int64) -> String { "audit_entries/\(seq)" }

    static func chain(after previous: [UInt8], leaf: [UInt8]) -> [UInt8] {
        var leafHash = SHA256()
        leafHash.update(data: [0x00])
        leafHash.update(data: leaf)
        var chain = SHA256()
        chain.update(data: [0x01])
        chain.update(data: previous)
        leafHash.finalize().withUnsafeBytes { chain.update(bufferPointer: $0) }
        return chain.finalize().withUnsafeBytes { Array($0) }
    }

    static func lastRow(_ tx: Transaction) throws -> Head {
        guard let row = try tx.first("SELECT seq, chain FROM audit_entries ORDER BY seq DESC LIMIT 1") else { return .empty }
        return Head(seq: try row.int(0), chain: try row.blob(1))
    }

    private static func storeHead(_ tx: Transaction) throws {
        let head = try head(tx)
        let sealed = try tx.seal(Array("\(head.seq) ".utf8) + head.chain, .server, place: "audit_head")
        try tx.run(
            "INSERT INTO audit_head (id, sealed) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed",
            .blob(sealed))
    }

    /// The head as it was sealed with the last commit, nil before the first entry.
    static func sealedHead(_ tx: Transaction) throws -> Head? {
        guard let row = try tx.first("SELECT sealed FROM audit_head WHERE id = 1") else { return nil }
        let bytes = try tx.open(row.blob(0), .server, place: "audit_head")
        guard let space = bytes.firstIndex(of: UInt8(ascii: " ")),
            let seq = Int64(String(decoding: bytes[..<space], as: UTF8.self))
        else { throw StorageError.sealBroken(place: "audit_head") }
        return Head(seq: seq, chain: Array(bytes[(space + 1)...]))
    }
}
