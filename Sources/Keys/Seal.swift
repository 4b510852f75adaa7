import Crypto

/// Why sealed bytes did not open. It never says more: a reason would help only who is guessing.
package enum SealError: Error, Equatable, Sendable {
    /// The first byte names a format that this version does not know, or there are too few bytes.
    case unknownFormat
    /// Another key, another place, or a changed byte.
    case notAuthentic
}

/// AES-256-GCM with the place as associated data: what was sealed for one place does not open at another.
///
/// Format: `[1][12 bytes nonce][ciphertext][16 bytes tag]`. Nonces are random, so a key may seal at most 2^32 times
/// (NIST SP 800-38D, 8.3); Storage counts and changes the key long before.
package enum Seal {
    /// How many bytes sealing adds.
    package static let overhead = 29
    /// How often one key may seal.
    package static let maximumUses: Int64 = 1 << 32

    private static let version: UInt8 = 1

    /// Seals bytes for one place. `prefix` is put in front as it is, for callers that keep a key generation there.
    package static func seal(
        _ plaintext: some Collection<UInt8>, key: SymmetricKey, place: String, prefix: [UInt8] = []
    ) throws -> [UInt8] {
        let bytes = Array(plaintext)
        let box = try AES.GCM.seal(bytes, using: key, authenticating: Array(place.utf8))
        // Nonce, ciphertext and tag; there is such a form of every box whose nonce has the usual length.
        guard let combined = box.combined else { throw SealError.unknownFormat }
        var sealed: [UInt8] = []
        sealed.reserveCapacity(prefix.count + overhead + bytes.count)
        sealed += prefix
        sealed.append(version)
        sealed.append(contentsOf: combined)
        return sealed
    }

    /// Opens what `seal` made with the same key for the same place.
    package static func open(_ sealed: ArraySlice<UInt8>, key: SymmetricKey, place: String) throws(SealError) -> [UInt8] {
        guard sealed.count >= overhead, sealed.first == version else { throw .unknownFormat }
        do {
            let box = try AES.GCM.SealedBox(combined: sealed.dropFirst())
            return Array(try AES.GCM.open(box, using: key, authenticating: Array(place.utf8)))
        } catch {
            throw .notAuthentic
        }
    }

    /// Opens what `seal` made with the same key for the same place.
    package static func open(_ sealed: [UInt8], key: SymmetricKey, place: String) throws(SealError) -> [UInt8] {
        try open(sealed[...], key: key, place: place)
    }
}
