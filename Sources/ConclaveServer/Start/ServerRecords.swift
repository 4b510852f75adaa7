import Crypto
import Foundation
import Matrix
import Storage

/// What the server knows about itself: its name, which can never change, and the key that signs its events.
package enum ServerRecords {
    /// The migrations of this target, in order; appended, never edited.
    package static let migrations: [Migration] = [
        Migration(
            "server-1",
            """
            CREATE TABLE server_records(
                name TEXT NOT NULL PRIMARY KEY,
                sealed BLOB NOT NULL
            )
            """)
    ]

    /// A server name other than the one the data was made with.
    struct OtherName: Error, CustomStringConvertible {
        /// The name in the settings.
        let given: String
        /// The name in the data.
        let stored: String
        var description: String {
            "This data belongs to the server name \(stored), but server-name is \(given). User IDs contain it, so it cannot change: set it back, or use another data-dir."
        }
    }

    /// Notes the server's name at the first start, compares it at every other.
    /// - Parameter adopts: whether the name in the data counts when it is another one.
    /// - Returns: the name of the server.
    static func settle(_ name: ServerName, adopts: Bool, in store: Store) async throws -> ServerName {
        let record = "server name"
        if let stored = try await store.read({ tx in try text(record, tx) }) {
            guard adopts || stored == name.rawValue else { throw OtherName(given: name.rawValue, stored: stored) }
            return try ServerName(parsing: stored)
        }
        try await store.write { tx in
            if try text(record, tx) == nil { try put(record, Array(name.rawValue.utf8), tx) }
        }
        return name
    }

    /// The signer of the server's events; its key is made at the first start.
    static func signer(for name: ServerName, in store: Store) async throws -> EventSigner {
        let record = "signing key"
        let key = try await store.read { tx in try bytes(record, tx) }
        if let key { return try signer(name, key) }
        let fresh = [UInt8](Curve25519.Signing.PrivateKey().rawRepresentation)
        let kept = try await store.write { tx in
            if let other = try bytes(record, tx) { return other }
            try put(record, fresh, tx)
            return fresh
        }
        return try signer(name, kept)
    }

    private static func signer(_ name: ServerName, _ key: [UInt8]) throws -> EventSigner {
        let key = try Curve25519.Signing.PrivateKey(rawRepresentation: Data(key))
        // The ID tells keys apart, nothing more; six letters of the public key do.
        let id = Base64.encode(key.publicKey.rawRepresentation, urlSafe: true).filter { $0.isLetter || $0.isNumber }.prefix(6)
        return EventSigner(serverName: name, keyID: "ed25519:\(id)", key: key)
    }

    private static func text(_ name: String, _ tx: Transaction) throws -> String? {
        try bytes(name, tx).map { String(decoding: $0, as: UTF8.self) }
    }

    private static func bytes(_ name: String, _ tx: Transaction) throws -> [UInt8]? {
        guard let row = try tx.first("SELECT sealed FROM server_records WHERE name = ?", .text(name)) else { return nil }
        return try tx.open(row.blob(0), .server, place: "server_records/" + name)
    }

    private static func put(_ name: String, _ bytes: [UInt8], _ tx: Transaction) throws {
        let sealed = try tx.seal(bytes, .server, place: "server_records/" + name)
        _ = try tx.run("INSERT INTO server_records(name, sealed) VALUES (?, ?)", .text(name), .blob(sealed))
    }
}
