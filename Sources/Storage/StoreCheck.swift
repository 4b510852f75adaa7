import GRDB
import Keys

/// What a check of the whole database found.
package struct CheckReport: Sendable, Hashable {
    /// A table and its rows.
    package struct Table: Sendable, Hashable {
        /// The name.
        package let name: String
        /// How many rows.
        package let rows: Int64
    }

    /// What is wrong, empty when everything is well.
    package let problems: [String]
    /// The encrypting library and its cipher.
    package let cipher: String
    /// Pages in the file, and how many of them are free.
    package let pages: Int64, freePages: Int64
    /// All tables by name.
    package let tables: [Table]
    /// Data keys that were unwrapped successfully.
    package let keys: Int64
    /// The last position of the streams.
    package let position: Int64

    /// Whether nothing is wrong.
    package var isHealthy: Bool { problems.isEmpty }
}

extension Store {
    /// Checks every page, index, foreign key, seal of a key and row count. Takes as long as reading the whole file.
    ///
    /// Finds damage rather than throws it; it throws only when the store is closed.
    package func check() async throws -> CheckReport {
        let cipher = cipher
        let masters = memory.keyRing.masters
        return try await read { tx in
            var check = Check(tx: tx)
            check.look("integrity") { try $0.rows("PRAGMA integrity_check(20)").map { try $0.text(0) }.filter { $0 != "ok" } }
            check.look("foreign keys") { tx in
                try tx.rows("PRAGMA foreign_key_check").prefix(20).map { "a row of \(try $0.text(0)) points nowhere" }
            }
            if case .sqlcipher = cipher {
                check.look("cipher") { try $0.rows("PRAGMA cipher_integrity_check").prefix(20).map { try $0.text(0) } }
            }
            let keys = check.value("keys", or: 0) { try Self.unwrapAll(masters, $0) }
            let tables = check.value("tables", or: []) { try Self.tables($0) }
            let pages = check.value("pages", or: 0) { try $0.first("PRAGMA page_count")?.int(0) ?? 0 }
            let free = check.value("free pages", or: 0) { try $0.first("PRAGMA freelist_count")?.int(0) ?? 0 }
            let position = check.value("position", or: 0) { try $0.position() }
            return CheckReport(
                problems: check.problems, cipher: cipher.summary, pages: pages, freePages: free, tables: tables, keys: keys,
                position: position)
        }
    }

    private struct Check {
        let tx: Transaction
        var problems: [String] = []

        init(tx: Transaction) {
            self.tx = tx
        }

        mutating func look(_ subject: String, _ body: (Transaction) throws -> [String]) {
            problems += value(subject, or: [], body).map { "\(subject): \($0)" }
        }

        mutating func value<Value>(_ subject: String, or fallback: Value, _ body: (Transaction) throws -> Value) -> Value {
            do { return try body(tx) } catch {
                problems.append("\(subject): \(error)")
                return fallback
            }
        }
    }

    private static func unwrapAll(_ masters: [Int64: MasterKey], _ tx: Transaction) throws -> Int64 {
        var count: Int64 = 0
        try tx.each("SELECT scope, generation FROM data_keys ORDER BY scope, generation", []) { row in
            let (scope, generation) = (try row.text(0), try row.int(1))
            guard
                try DataKeys.load(scope, generation: generation, masters: masters, rows: { try tx.rows($0, arguments: $1) })
                    != nil
            else { throw StorageError.keyLost(scope: scope, generation: generation) }
            count += 1
        }
        return count
    }

    // Table names come from the schema itself, never from outside.
    private static func tables(_ tx: Transaction) throws -> [CheckReport.Table] {
        try tx.rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name").map { row in
            let name = try row.text(0)
            return CheckReport.Table(name: name, rows: try tx.first("SELECT count(*) FROM \"\(name)\"")?.int(0) ?? 0)
        }
    }
}
