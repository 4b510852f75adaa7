import GRDB
import GRDBSQLite
import Glibc
import Keys

extension StorageError {
    /// The error behind anything that GRDB or the file system threw.
    init(_ error: any Error, path: String) {
        switch error {
        case let error as StorageError: self = error
        case let error as DatabaseError:
            self.init(code: error.extendedResultCode.rawValue, message: error.message ?? "no message", path: path)
        case let error as FileError: self.init(file: error, path: path)
        case let error as KeyError: self = .key(error)
        default: self = .statement(detail: String(describing: type(of: error)))
        }
    }

    /// The error behind a refused file operation.
    init(file error: FileError, path: String) {
        if error.isDiskFull {
            self = .diskFull(path: path)
        } else if error.isReadOnly {
            self = .readOnly(path: path)
        } else {
            self = .inputOutput(detail: error.description)
        }
    }

    /// The error behind a result code of SQLite. The message names tables and columns, never values.
    init(code: Int32, message: String, path: String) {
        switch code & 0xFF {
        case SQLITE_CONSTRAINT: self = .constraint(ConstraintKind(code: code), detail: message)
        case SQLITE_FULL: self = .diskFull(path: path)
        case SQLITE_IOERR where errno == ENOSPC || errno == EDQUOT || errno == EFBIG: self = .diskFull(path: path)
        case SQLITE_IOERR, SQLITE_CANTOPEN: self = .inputOutput(detail: "\(message), code \(code)")
        case SQLITE_CORRUPT, SQLITE_NOTADB: self = .damaged(detail: "\(message), code \(code)")
        case SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH: self = .readOnly(path: path)
        case SQLITE_BUSY, SQLITE_LOCKED: self = .busy
        case SQLITE_INTERRUPT: self = .groupRolledBack(detail: message)
        default: self = .statement(detail: "\(message), code \(code)")
        }
    }
}

extension StorageError.ConstraintKind {
    init(code: Int32) {
        switch code >> 8 {
        case 8, 6, 10: self = .unique  // UNIQUE, PRIMARYKEY, ROWID
        case 3: self = .foreignKey
        case 5: self = .notNull
        case 1: self = .check
        default: self = .other
        }
    }
}
