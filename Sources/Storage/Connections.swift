import Crypto
import Foundation
import GRDB
import GRDBSQLite
import Glibc
import Keys

/// Opens connections to the database file: one that writes, several that read, all with the page key.
struct Connections: Sendable {
    /// `PRAGMA application_id` of our databases: "CONC".
    static let applicationID: Int64 = 0x434F_4E43

    let path: String
    let library: CipherLibrary
    let fileKey: SymmetricKey

    /// The connection of the writer. For a new file this sets what can be set only once.
    func writer(creating: Bool) throws(StorageError) -> DatabaseQueue {
        try mapping {
            let queue = try DatabaseQueue(path: path, configuration: configuration(readonly: false))
            try queue.inDatabase { database in
                if creating {
                    try database.execute(sql: "PRAGMA application_id = \(Self.applicationID)")
                    _ = try String.fetchOne(database, sql: "PRAGMA journal_mode = WAL")
                }
                try Self.check(database, path: path)
                try database.execute(
                    sql: """
                        PRAGMA synchronous = FULL;
                        PRAGMA secure_delete = ON;
                        PRAGMA temp_store = MEMORY;
                        PRAGMA trusted_schema = OFF;
                        PRAGMA cache_size = -16384;
                        PRAGMA wal_autocheckpoint = 4000;
                        PRAGMA journal_size_limit = 67108864;
                        """)
            }
            return queue
        }
    }

    /// A connection that reads.
    func reader() throws(StorageError) -> DatabaseQueue {
        try mapping {
            let queue = try DatabaseQueue(path: path, configuration: configuration(readonly: true))
            try queue.inDatabase { database in
                try database.execute(
                    sql: "PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF; PRAGMA cache_size = -4096;")
            }
            return queue
        }
    }

    /// Looks at an existing file through a reading connection, so that a file that is refused stays as it is.
    ///
    /// The caller has the directory locked: an empty log that only this look has made may be removed again.
    func probe<Result>(_ body: (Database) throws -> Result) throws(StorageError) -> Result {
        let made = ["-wal", "-shm"].map { path + $0 }.filter { !DurableFile.exists($0) }
        defer { for file in made { unlink(file) } }
        return try mapping {
            let queue = try DatabaseQueue(path: path, configuration: configuration(readonly: true))
            defer { try? queue.close() }  // a reading connection has nothing to lose
            return try queue.inDatabase { database in
                try Self.check(database, path: path)
                return try body(database)
            }
        }
    }

    // The rollback journal would hold checksums of plain pages, so no other mode than WAL is accepted.
    private static func check(_ database: Database, path: String) throws {
        guard try Int64.fetchOne(database, sql: "PRAGMA application_id") == applicationID else {
            throw StorageError.foreignFile(path: path)
        }
        let mode = try String.fetchOne(database, sql: "PRAGMA journal_mode") ?? "unknown"
        guard mode == "wal" else { throw StorageError.journalMode(mode) }
    }

    private func configuration(readonly: Bool) -> Configuration {
        var configuration = Configuration()
        configuration.label = readonly ? "conclave.reader" : "conclave.writer"
        configuration.readonly = readonly
        configuration.foreignKeysEnabled = true
        configuration.busyMode = .timeout(10)
        configuration.allowsUnsafeTransactions = true
        let (library, fileKey) = (library, fileKey)
        configuration.prepareDatabase { try library.unlock($0, with: fileKey) }
        return configuration
    }

    private func mapping<Result>(_ body: () throws -> Result) throws(StorageError) -> Result {
        do { return try body() } catch { throw StorageError(error, path: DurableFile.parent(of: path) ?? path) }
    }
}
