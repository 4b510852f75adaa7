import Crypto

/// The key at the top: 32 bytes that never lie in the data directory. Everything else hangs from it.
///
/// It encrypts nothing but other keys. What must survive its rotation is a random key that it wraps, never one derived from it.
package struct MasterKey: Sendable, Equatable {
    /// How long a master key is.
    package static let byteCount = 32

    /// The key itself; only the sources that store it ask for it.
    package let secret: Secret

    /// A key of given bytes; there must be 32.
    package init(_ secret: Secret) throws(KeyError) {
        guard secret.count == Self.byteCount else { throw .wrongLength(secret.count) }
        self.secret = secret
    }

    private init(fresh key: SymmetricKey) {
        secret = Secret(key)
    }

    /// A new key from the system's random number generator.
    package static func random() -> MasterKey {
        MasterKey(fresh: SymmetricKey(size: .bits256))
    }

    /// The key for one purpose, scope and generation: HKDF-SHA256 with `conclave/v1/<purpose>/<scope>/<generation>` as info.
    package func derive(purpose: String, scope: String, generation: Int64) -> SymmetricKey {
        PurposeKey.derive(from: secret.key, purpose: purpose, scope: scope, generation: generation)
    }

    /// A public name of the key: tells which key a file belongs to, and nothing about the key. 16 hexadecimal digits.
    package var identifier: String {
        derive(purpose: "key-identifier", scope: "master", generation: 0).withUnsafeBytes { Hex.encode($0.prefix(8)) }
    }
}

extension MasterKey: CustomStringConvertible {
    /// The public identifier, never the key.
    package var description: String { "master key \(identifier)" }
}

/// Derivation of keys for one purpose from a key above them.
package enum PurposeKey {
    /// HKDF-SHA256 with `conclave/v1/<purpose>/<scope>/<generation>` as info. The result has 32 bytes.
    package static func derive(from key: SymmetricKey, purpose: String, scope: String, generation: Int64) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: key, info: Array("conclave/v1/\(purpose)/\(scope)/\(generation)".utf8), outputByteCount: 32)
    }
}
