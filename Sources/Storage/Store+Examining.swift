import Foundation
import GRDB
import Keys

extension Store {
    /// Looks whether the data of a directory opens with a master key and is whole: every page is read, nothing is written.
    /// Takes as long as reading the file takes.
    /// - Returns: how many pages there are.
    /// - Throws: what ``open(_:)`` would throw, and ``StorageError`` for a damaged page.
    package static func examine(_ directory: URL, with masterKey: MasterKey) throws(StorageError) -> Int64 {
        let files = DataFiles(directory)
        let header = try KeyHeader(path: files.header)
        let unlocked = try header.unlock(with: masterKey, path: files.header)
        guard DurableFile.exists(files.database) else { throw .databaseMissing(path: files.database) }
        let connections = Connections(path: files.database, library: try CipherLibrary.linked(), fileKey: unlocked.fileKey)
        return try connections.probe { database in
            let complaints = try String.fetchAll(database, sql: "PRAGMA integrity_check(5)").filter { $0 != "ok" }
            if let first = complaints.first { throw StorageError.damaged(detail: first) }
            return try Int64.fetchOne(database, sql: "PRAGMA page_count") ?? 0
        }
    }
}
