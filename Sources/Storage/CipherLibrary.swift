import CCodec
import Crypto
import GRDB
import GRDBSQLite
import Keys

/// The encrypting SQLite library that this program was linked with, found out at run time.
package enum CipherLibrary: Sendable, Equatable {
    /// SQLite3 Multiple Ciphers; pages are sealed with AEGIS-256.
    case multipleCiphers(version: String)
    /// SQLCipher; pages are sealed with AES-256-CBC and HMAC-SHA512.
    case sqlcipher(version: String)

    /// Asks a library what it is. `ask` runs a statement and gives its first value, nil if it fails or answers nothing.
    ///
    /// Throws `StorageError.cipherMissing` for a library that cannot encrypt: it would silently write plain files.
    package static func detect(ask: (String) -> String?) throws(StorageError) -> CipherLibrary {
        if let version = ask("SELECT sqlite3mc_version()") { return .multipleCiphers(version: version) }
        if let version = ask("PRAGMA cipher_version") { return .sqlcipher(version: version) }
        throw .cipherMissing
    }

    /// The library that is linked.
    static func linked() throws(StorageError) -> CipherLibrary {
        guard let memory = try? DatabaseQueue() else { throw .cipherMissing }
        // An error means that the function or pragma is unknown, which is the answer.
        return try detect { question in memory.inDatabase { try? String.fetchOne($0, sql: question) } }
    }

    /// The name and version, for reports.
    package var summary: String {
        switch self {
        case .multipleCiphers(let version): "\(version), AEGIS-256"
        case .sqlcipher(let version): "SQLCipher \(version), AES-256-CBC with HMAC-SHA512"
        }
    }

    /// Gives a fresh connection its key. The key goes through the C interface, so it appears in no SQL text or trace.
    func unlock(_ database: Database, with key: SymmetricKey) throws {
        var bytes: [UInt8]
        switch self {
        case .multipleCiphers:
            _ = try String.fetchOne(database, sql: "PRAGMA cipher='aegis'")
            bytes = Array("raw:".utf8) + key.withUnsafeBytes { Array($0) }
        case .sqlcipher:
            _ = try? String.fetchOne(database, sql: "PRAGMA cipher_log_level=NONE")  // an older version does not know it
            bytes = Array("x'".utf8) + Array(key.withUnsafeBytes { Hex.encode($0) }.utf8) + Array("'".utf8)
        }
        let result = sqlite3_key_v2(database.sqliteConnection, "main", bytes, Int32(bytes.count))
        for index in bytes.indices { bytes[index] = 0 }
        guard result == SQLITE_OK else { throw StorageError.cipherMissing }
    }
}
