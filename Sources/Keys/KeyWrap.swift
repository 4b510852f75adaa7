import Crypto

/// Wrapping of random keys by the master key, so that a new master key needs new wraps and nothing else.
package enum KeyWrap {
    /// What a wrapped key is for; part of the derivation, so a wrap of one sort never opens as another.
    package enum Purpose: String, Sendable {
        /// The key of the database file.
        case databaseFile = "wrap-database-file"
        /// The data keys of rooms, people and the server.
        case dataKey = "wrap-data-key"
        /// A retiring master key, readable by its successor while a rotation is under way.
        case predecessor = "wrap-predecessor"
    }

    /// Wraps a 32-byte key. `scope` and `generation` name the wrapped key, `masterGeneration` the wrapping one.
    package static func wrap(
        _ key: SymmetricKey, as purpose: Purpose, scope: String, generation: Int64, by master: MasterKey, masterGeneration: Int64
    ) throws -> [UInt8] {
        let wrapping = master.derive(purpose: purpose.rawValue, scope: scope, generation: masterGeneration)
        return try key.withUnsafeBytes { bytes in
            try Seal.seal(Array(bytes), key: wrapping, place: place(purpose, scope, generation))
        }
    }

    /// Unwraps what `wrap` made from the same names.
    package static func unwrap(
        _ wrapped: [UInt8], as purpose: Purpose, scope: String, generation: Int64, by master: MasterKey, masterGeneration: Int64
    ) throws(SealError) -> SymmetricKey {
        let wrapping = master.derive(purpose: purpose.rawValue, scope: scope, generation: masterGeneration)
        let bytes = try Seal.open(wrapped, key: wrapping, place: place(purpose, scope, generation))
        guard bytes.count == 32 else { throw .unknownFormat }
        return SymmetricKey(data: bytes)
    }

    private static func place(_ purpose: Purpose, _ scope: String, _ generation: Int64) -> String {
        "\(purpose.rawValue)/\(scope)/\(generation)"
    }
}
