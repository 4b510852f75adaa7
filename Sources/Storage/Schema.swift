import Crypto
import GRDB
import Keys

/// All migrations of a program, and which of them a database has seen.
struct Schema {
    private let migrations: [Migration]

    init(_ migrations: [Migration]) {
        self.migrations = migrations
    }

    /// Refuses a database that a newer program wrote, or whose migrations read differently now. Changes nothing.
    func check(_ database: Database) throws {
        let known = Dictionary(migrations.map { ($0.name, $0.digest) }) { first, _ in first }
        for (name, digest) in try applied(database) {
            guard let expected = known[name] else { throw StorageError.newerSchema(unknown: name) }
            guard expected == digest else { throw StorageError.migrationChanged(name: name) }
        }
    }

    /// Applies what is missing, all of it in one transaction: a step that fails leaves the data as they were.
    func apply(_ connection: DatabaseQueue, now: Int64, path: String) throws {
        guard Set(migrations.map(\.name)).count == migrations.count else {
            throw StorageError.misuse("two migrations have the same name")
        }
        try connection.inDatabase { database in
            let applied = try applied(database)
            let missing = migrations.filter { applied[$0.name] == nil }
            if missing.isEmpty { return }
            try database.inTransaction(.immediate) {
                try database.execute(
                    sql: """
                        CREATE TABLE IF NOT EXISTS schema_migrations
                        (name TEXT NOT NULL PRIMARY KEY, digest TEXT NOT NULL, applied_at INTEGER NOT NULL)
                        """)
                for migration in missing { try apply(migration, database, now: now, path: path) }
                return .commit
            }
        }
    }

    private func apply(_ migration: Migration, _ database: Database, now: Int64, path: String) throws {
        do {
            for statement in migration.statements { try database.execute(sql: statement) }
            try database.execute(
                sql: "INSERT INTO schema_migrations (name, digest, applied_at) VALUES (?, ?, ?)",
                arguments: [migration.name, migration.digest, now])
        } catch {
            switch StorageError(error, path: path) {
            case .statement(let detail), .constraint(_, let detail):
                throw StorageError.migrationFailed(name: migration.name, detail: detail)
            case let error: throw error
            }
        }
    }

    private func applied(_ database: Database) throws -> [String: String] {
        guard try database.tableExists("schema_migrations") else { return [:] }
        let rows = try Row.fetchAll(database, sql: "SELECT name, digest FROM schema_migrations")
        return Dictionary(rows.map { ($0["name"], $0["digest"]) }) { first, _ in first }
    }
}

extension Migration {
    /// SHA-256 of the statements.
    var digest: String {
        Hex.encode(SHA256.hash(data: Array(statements.joined(separator: ";\n").utf8)))
    }
}
