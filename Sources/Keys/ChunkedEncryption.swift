import Crypto

/// Encryption of long messages in chunks of 16 KiB, each authenticated by itself, so that any range can be read without the rest:
/// [chunked-encryption](https://c2sp.org/chunked-encryption).
///
/// Format: `[24 bytes salt][32 bytes commitment][chunks]`. Every chunk but the last holds 16 KiB; the last is shorter and may be
/// empty, so a message that was cut off has no valid last chunk.
package enum ChunkedEncryption {
    /// Bytes of the message in every chunk but the last.
    package static let chunkLength = 16_384
    /// Bytes of a whole chunk as it is stored.
    package static let sealedChunkLength = chunkLength + tagLength
    /// Salt and commitment, before the first chunk.
    package static let headerLength = saltLength + commitmentLength
    /// A message has fewer chunks than this.
    package static let maximumChunks: Int64 = 1 << 38

    static let saltLength = 24
    static let commitmentLength = 32
    static let tagLength = 16
    static let nonceLength = 12

    /// The length of the stored form of a message.
    package static func sealedLength(of length: Int64) -> Int64 {
        Int64(headerLength) + length + (length / Int64(chunkLength) + 1) * Int64(tagLength)
    }

    /// The length of the message in a stored form of this length; nil when no message has such a form.
    package static func length(ofSealed sealed: Int64) -> Int64? {
        let chunks = sealed - Int64(headerLength)
        guard chunks >= 0 else { return nil }
        let whole = chunks / Int64(sealedChunkLength)
        let last = chunks % Int64(sealedChunkLength)
        guard last >= Int64(tagLength), whole < maximumChunks else { return nil }
        return whole * Int64(chunkLength) + last - Int64(tagLength)
    }

    /// The two instantiations that the specification recommends; both derive keys with HKDF-SHA512.
    package enum Suite: Sendable, CaseIterable {
        /// Cobblestone-128: AES-128-GCM.
        case aes128
        /// Cobblestone-256: AES-256-GCM.
        case aes256

        /// The length of the input key and of the derived key.
        package var keyLength: Int {
            switch self {
            case .aes128: 16
            case .aes256: 32
            }
        }

        var name: String {
            switch self {
            case .aes128: "AEAD_AES_128_GCM"
            case .aes256: "AEAD_AES_256_GCM"
            }
        }
    }
}

/// Why a chunked message was not sealed or opened.
package enum ChunkedEncryptionError: Error, Equatable, Sendable {
    /// The key does not have the length that the suite wants.
    case wrongKeyLength
    /// The salt does not have 24 bytes, or the header 56.
    case malformed
    /// Another key, another context, or a changed header.
    case notCommitted
    /// A changed, exchanged or cut chunk.
    case notAuthentic
    /// More chunks than the specification allows.
    case tooLong
}

/// The keys of one message, derived from its input key, salt and context.
struct ChunkedKeys: Sendable {
    let commitment: [UInt8]
    private let key: SymmetricKey
    private let baseNonce: [UInt8]

    init(
        key: SymmetricKey, salt: [UInt8], context: [UInt8], suite: ChunkedEncryption.Suite
    ) throws(ChunkedEncryptionError) {
        guard key.bitCount == suite.keyLength * 8 else { throw .wrongKeyLength }
        guard salt.count == ChunkedEncryption.saltLength else { throw .malformed }
        let info = Array("c2sp.org/chunked-encryption@v1+\(suite.name)".utf8) + [0] + salt + context
        let nonceEnd = suite.keyLength + ChunkedEncryption.nonceLength
        let derived = HKDF<SHA512>.expand(
            pseudoRandomKey: key, info: info, outputByteCount: nonceEnd + ChunkedEncryption.commitmentLength)
        let parts = derived.withUnsafeBytes { bytes in
            (SymmetricKey(data: bytes[..<suite.keyLength]), Array(bytes[suite.keyLength..<nonceEnd]), Array(bytes[nonceEnd...]))
        }
        (self.key, baseNonce, commitment) = parts
    }

    func seal(_ chunk: some Collection<UInt8>, _ number: Int64, into output: inout [UInt8]) throws {
        let box = try AES.GCM.seal(Array(chunk), using: key, nonce: nonce(number))
        output.append(contentsOf: box.ciphertext)
        output.append(contentsOf: box.tag)
    }

    func open(_ sealed: ArraySlice<UInt8>, _ number: Int64) throws(ChunkedEncryptionError) -> [UInt8] {
        guard sealed.count >= ChunkedEncryption.tagLength else { throw .notAuthentic }
        let tag = sealed.endIndex - ChunkedEncryption.tagLength
        do {
            let box = try AES.GCM.SealedBox(nonce: nonce(number), ciphertext: sealed[..<tag], tag: sealed[tag...])
            return Array(try AES.GCM.open(box, using: key))
        } catch {
            throw .notAuthentic
        }
    }

    /// The base nonce XOR the number of the chunk, big-endian.
    private func nonce(_ number: Int64) throws -> AES.GCM.Nonce {
        guard (0..<ChunkedEncryption.maximumChunks).contains(number) else { throw ChunkedEncryptionError.tooLong }
        var nonce = baseNonce
        for place in 0..<5 { nonce[nonce.count - 1 - place] ^= UInt8(truncatingIfNeeded: number >> Int64(8 * place)) }
        return try AES.GCM.Nonce(data: nonce)
    }
}
