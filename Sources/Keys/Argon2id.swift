import CSodium
import Crypto

/// Password hashing with Argon2id (RFC 9106) through libsodium. One hash takes some 20 ms and 19 MiB: never on an event loop.
package enum Argon2id {
    /// Passes over the memory.
    package static let passes: UInt64 = 2
    /// Memory in bytes: 19 MiB, the first recommendation of OWASP for Argon2id.
    package static let memory = 19 * 1024 * 1024

    /// The hash of a password as a `$argon2id$…` text with its own salt. The pepper is mixed in by HMAC-SHA256 first.
    package static func hash(_ password: Secret, pepper: SymmetricKey) throws(KeyError) -> String {
        guard Sodium.isReady else { throw .outOfMemory }
        var text = [CChar](repeating: 0, count: Int(crypto_pwhash_STRBYTES))
        let peppered = pepperedBytes(password, pepper)
        let result = crypto_pwhash_str(&text, peppered, UInt64(peppered.count), passes, memory)
        guard result == 0 else { throw .outOfMemory }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Whether a password belongs to a hash. As slow as `hash`, and constant in time.
    package static func verify(_ password: Secret, against hash: String, pepper: SymmetricKey) -> Bool {
        guard Sodium.isReady else { return false }
        let peppered = pepperedBytes(password, pepper)
        return crypto_pwhash_str_verify(hash, peppered, UInt64(peppered.count)) == 0
    }

    /// Whether a hash was made with other costs than today's, so that the next sign-in should renew it.
    package static func needsRehash(_ hash: String) -> Bool {
        Sodium.isReady && crypto_pwhash_str_needs_rehash(hash, passes, memory) != 0
    }

    /// A 32-byte key from a passphrase, with explicit salt (16 bytes) and costs.
    package static func deriveKey(
        from passphrase: Secret, salt: [UInt8], passes: UInt64, memory: Int
    ) throws(KeyError) -> Secret {
        guard Sodium.isReady, salt.count == Int(crypto_pwhash_SALTBYTES) else { throw .outOfMemory }
        var key = [UInt8](repeating: 0, count: 32)
        defer { sodium_memzero(&key, key.count) }
        let result = passphrase.withBytes { bytes in
            guard let start = bytes.bindMemory(to: CChar.self).baseAddress else { return Int32(-1) }
            return crypto_pwhash(&key, 32, start, UInt64(bytes.count), salt, passes, memory, crypto_pwhash_ALG_ARGON2ID13)
        }
        guard result == 0 else { throw .outOfMemory }
        return Secret(bytes: key)
    }

    private static func pepperedBytes(_ password: Secret, _ pepper: SymmetricKey) -> [CChar] {
        password.withBytes { bytes in
            HMAC<SHA256>.authenticationCode(for: bytes, using: pepper).map { CChar(bitPattern: $0) }
        }
    }
}

/// libsodium, initialised once.
enum Sodium {
    /// False only when the system has no source of random numbers.
    static let isReady = sodium_init() >= 0
}
