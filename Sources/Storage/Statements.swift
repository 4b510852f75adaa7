import GRDB
import GRDBSQLite

/// Runs cached statements straight on the engine: binding and stepping cost a third of the general way through GRDB.
struct Statements {
    let database: Database
    let path: String

    /// Memory that the prepared statements of one connection may take.
    static let mostKeptBytes = 8 << 20

    /// Memory that the prepared statements of the connection take.
    var keptBytes: Int {
        var (bytes, highest): (Int32, Int32) = (0, 0)
        sqlite3_db_status(database.sqliteConnection, SQLITE_DBSTATUS_STMT_USED, &bytes, &highest, 0)
        return Int(bytes)
    }

    /// Runs to the end and gives the number of rows changed.
    func run(_ sql: String, _ arguments: [SQLValue]) throws -> Int {
        try stepping(sql, arguments) { statement in
            while try step(statement) {}
            return Int(sqlite3_changes(database.sqliteConnection))
        }
    }

    /// Every row.
    func rows(_ sql: String, _ arguments: [SQLValue]) throws -> [Record] {
        try stepping(sql, arguments) { statement in
            var records: [Record] = []
            while try step(statement) { records.append(try record(statement)) }
            return records
        }
    }

    /// The first row.
    func first(_ sql: String, _ arguments: [SQLValue]) throws -> Record? {
        try stepping(sql, arguments) { try step($0) ? record($0) : nil }
    }

    /// Row by row, without keeping them.
    func each(_ sql: String, _ arguments: [SQLValue], _ body: (Record) throws -> Void) throws {
        try stepping(sql, arguments) { statement in
            while try step(statement) { try body(try record(statement)) }
        }
    }

    /// Whether the engine has left the transaction, by `COMMIT` or because it had to roll back.
    var isOutsideTransaction: Bool { sqlite3_get_autocommit(database.sqliteConnection) != 0 }

    private func stepping<Result>(
        _ sql: String, _ arguments: [SQLValue], _ body: (OpaquePointer) throws -> Result
    ) throws -> Result {
        let statement = try prepared(sql)
        // Others may be dropped meanwhile; this one lives until it has been reset.
        return try withExtendedLifetime(statement) {
            let handle = statement.sqliteStatement
            defer {
                sqlite3_reset(handle)
                sqlite3_clear_bindings(handle)
            }
            guard arguments.count == Int(sqlite3_bind_parameter_count(handle)) else {
                throw StorageError.misuse(
                    "\(arguments.count) arguments for a statement that wants \(sqlite3_bind_parameter_count(handle))")
            }
            for (index, argument) in arguments.enumerated() { try bind(argument, Int32(index + 1), handle) }
            return try body(handle)
        }
    }

    // A statement that is being stepped further up the stack cannot be used again: prepare another one for this once.
    private func prepared(_ sql: String) throws -> Statement {
        do {
            let statement = try database.cachedStatement(sql: sql)
            dropKeptIfTooMany(after: statement)
            if sqlite3_stmt_busy(statement.sqliteStatement) == 0 { return statement }
            return try database.makeStatement(sql: sql)
        } catch {
            throw StorageError(error, path: path)
        }
    }

    // Kept statements are dropped all at once, since the cache below has no order; those of everyday use are soon back.
    private func dropKeptIfTooMany(after statement: Statement) {
        let isNew = sqlite3_stmt_status(statement.sqliteStatement, SQLITE_STMTSTATUS_RUN, 0) == 0
        if isNew, keptBytes > Self.mostKeptBytes { database.clearSchemaCache() }
    }

    private func step(_ statement: OpaquePointer) throws -> Bool {
        switch sqlite3_step(statement) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default: throw failure()
        }
    }

    private func failure() -> StorageError {
        let connection = database.sqliteConnection
        return StorageError(
            code: sqlite3_extended_errcode(connection), message: sqlite3_errmsg(connection).map { String(cString: $0) } ?? "",
            path: path)
    }

    private func bind(_ value: SQLValue, _ index: Int32, _ statement: OpaquePointer) throws {
        let result =
            switch value {
            case .null: sqlite3_bind_null(statement, index)
            case .int(let value): sqlite3_bind_int64(statement, index, value)
            case .text(var text):
                text.withUTF8 { utf8 in
                    utf8.withMemoryRebound(to: CChar.self) {
                        sqlite3_bind_text(statement, index, $0.baseAddress, Int32(clamping: $0.count), copying)
                    }
                }
            case .blob(let bytes):
                bytes.isEmpty
                    ? sqlite3_bind_zeroblob(statement, index, 0)
                    : sqlite3_bind_blob(statement, index, bytes, Int32(clamping: bytes.count), copying)
            }
        guard result == SQLITE_OK else { throw failure() }
    }

    private func record(_ statement: OpaquePointer) throws -> Record {
        let count = sqlite3_column_count(statement)
        return Record(values: (0..<count).map { column($0, statement) })
    }

    private func column(_ index: Int32, _ statement: OpaquePointer) -> SQLValue {
        switch sqlite3_column_type(statement, index) {
        case SQLITE_INTEGER:
            return .int(sqlite3_column_int64(statement, index))
        case SQLITE_TEXT:
            guard let start = sqlite3_column_text(statement, index) else { return .text("") }
            let count = Int(sqlite3_column_bytes(statement, index))
            return .text(String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self))
        case SQLITE_BLOB:
            guard let start = sqlite3_column_blob(statement, index) else { return .blob([]) }
            return .blob(Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, index)))))
        case SQLITE_FLOAT:
            return .int(sqlite3_column_int64(statement, index))
        default:
            return .null
        }
    }

    // SQLITE_TRANSIENT: the engine takes a copy before the call returns.
    private var copying: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }
}
