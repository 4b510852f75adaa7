import Crypto

/// Seals one message that arrives piece by piece. It keeps less than one chunk.
package struct ChunkedSealer: Sendable {
    /// What stands before the chunks: salt and commitment.
    package let header: [UInt8]
    /// How many bytes of the message were taken.
    package private(set) var length: Int64 = 0

    private let keys: ChunkedKeys
    private var pending: [UInt8] = []
    private var number: Int64 = 0

    /// A sealer under a random key of the suite's length.
    /// - Parameters:
    ///   - context: what must be known to open the message; it is not stored.
    ///   - salt: 24 bytes that never repeat under one key; random unless told otherwise.
    package init(
        key: SymmetricKey, context: [UInt8], suite: ChunkedEncryption.Suite = .aes256, salt: [UInt8]? = nil
    ) throws(ChunkedEncryptionError) {
        var random = SystemRandomNumberGenerator()
        let salt = salt ?? (0..<ChunkedEncryption.saltLength).map { _ in UInt8.random(in: 0...255, using: &random) }
        keys = try ChunkedKeys(key: key, salt: salt, context: context, suite: suite)
        header = salt + keys.commitment
    }

    /// Takes a piece of the message and appends the chunks that are full to `output`.
    package mutating func seal(_ bytes: some Collection<UInt8>, into output: inout [UInt8]) throws {
        length += Int64(bytes.count)
        pending.append(contentsOf: bytes)
        var start = 0
        while pending.count - start >= ChunkedEncryption.chunkLength {
            let end = start + ChunkedEncryption.chunkLength
            try keys.seal(pending[start..<end], number, into: &output)
            number += 1
            start = end
        }
        if start > 0 { pending.removeFirst(start) }
    }

    /// Appends the last chunk, which is short. Nothing may be sealed afterwards.
    package mutating func finish(into output: inout [UInt8]) throws {
        try keys.seal(pending, number, into: &output)
        pending = []
    }
}

/// Opens chunks of one message in any order. Making one checks that key, context and header belong together.
package struct ChunkedOpener: Sendable {
    /// The number of bytes in the message.
    package let length: Int64

    private let keys: ChunkedKeys

    /// An opener for a stored form of `sealedLength` bytes that begins with `header`.
    /// - Throws: ``ChunkedEncryptionError/notCommitted``, and `malformed` for a length that no message has.
    package init(
        key: SymmetricKey, context: [UInt8], suite: ChunkedEncryption.Suite = .aes256, header: [UInt8], sealedLength: Int64
    ) throws(ChunkedEncryptionError) {
        guard header.count == ChunkedEncryption.headerLength, let length = ChunkedEncryption.length(ofSealed: sealedLength)
        else { throw .malformed }
        let salt = Array(header.prefix(ChunkedEncryption.saltLength))
        keys = try ChunkedKeys(key: key, salt: salt, context: context, suite: suite)
        // Keys compare in constant time.
        let committed = SymmetricKey(data: header.dropFirst(ChunkedEncryption.saltLength))
        guard SymmetricKey(data: keys.commitment) == committed else { throw .notCommitted }
        self.length = length
    }

    /// The number of the last chunk.
    package var lastChunk: Int64 { length / Int64(ChunkedEncryption.chunkLength) }

    /// Where a chunk lies in the stored form.
    package func place(of number: Int64) -> (offset: Int64, length: Int) {
        let last = Int(length % Int64(ChunkedEncryption.chunkLength)) + ChunkedEncryption.tagLength
        return (
            Int64(ChunkedEncryption.headerLength) + number * Int64(ChunkedEncryption.sealedChunkLength),
            number == lastChunk ? last : ChunkedEncryption.sealedChunkLength
        )
    }

    /// The bytes of a chunk, authenticated. The length tells whether it is the last, so a message that was cut does not open.
    package func open(_ sealed: ArraySlice<UInt8>, chunk number: Int64) throws(ChunkedEncryptionError) -> [UInt8] {
        guard (0...lastChunk).contains(number), sealed.count == place(of: number).length else { throw .notAuthentic }
        return try keys.open(sealed, number)
    }
}
