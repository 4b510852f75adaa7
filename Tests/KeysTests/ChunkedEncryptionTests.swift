import Crypto
import Keys
import Testing

@Suite("Chunked encryption")
struct ChunkedEncryptionTests {
    private static let chunk = ChunkedEncryption.chunkLength
    private static let lengths = [0, 1, 1024, 16_383, 16_384, 16_385, 20_480, 49_152, 70_000]

    private func key(_ suite: ChunkedEncryption.Suite) -> SymmetricKey {
        SymmetricKey(data: (0..<suite.keyLength).map { UInt8(($0 * 7 + 1) % 256) })
    }

    private func message(_ length: Int) -> [UInt8] { (0..<length).map { UInt8(($0 * $0 + length) % 256) } }

    private func sealed(
        _ message: [UInt8], _ suite: ChunkedEncryption.Suite = .aes256, context: String = "place", salt: [UInt8]? = nil,
        pieces: Int = 5000
    ) throws -> [UInt8] {
        var sealer = try ChunkedSealer(key: key(suite), context: Array(context.utf8), suite: suite, salt: salt)
        var output = sealer.header
        for start in stride(from: 0, to: message.count, by: pieces) {
            try sealer.seal(message[start..<min(start + pieces, message.count)], into: &output)
        }
        try sealer.finish(into: &output)
        #expect(sealer.length == Int64(message.count))
        return output
    }

    private func opened(
        _ sealed: [UInt8], _ suite: ChunkedEncryption.Suite = .aes256, context: String = "place"
    ) throws -> [UInt8] {
        let opener = try ChunkedOpener(
            key: key(suite), context: Array(context.utf8), suite: suite,
            header: Array(sealed.prefix(ChunkedEncryption.headerLength)), sealedLength: Int64(sealed.count))
        var message: [UInt8] = []
        for number in 0...opener.lastChunk {
            let place = opener.place(of: number)
            message += try opener.open(sealed[Int(place.offset)..<Int(place.offset) + place.length], chunk: number)
        }
        return message
    }

    // Made with an independent implementation over Python's hmac and OpenSSL's AES-GCM.
    @Test(
        "vectors",
        arguments: [
            (
                ChunkedEncryption.Suite.aes128, 0,
                "05080b0e1114171a1d202326292c2f3235383b3e4144474a70e2e5f750a193c8e0d637d6430e6de550249f48ffd33ed949b68f316ed277f9b18a7b215f5462b118bad92c79328bfa"
            ),
            (
                .aes128, 1,
                "05080b0e1114171a1d202326292c2f3235383b3e4144474a5064002da6fe28b265825e36f2adc16476e2985e5976ed239a73e796f4f625da5fe2bdd1de88ceeb73a1be0632b4b3ad2b"
            ),
            (
                .aes256, 0,
                "05080b0e1114171a1d202326292c2f3235383b3e4144474a2ae26b24fe91afe7268159959da76a8d63a0feab42ba46e535e9f75ebd2846e9ff56a2db571238775aaf45e4d9f2b173"
            ),
            (
                .aes256, 1,
                "05080b0e1114171a1d202326292c2f3235383b3e4144474a196c8c1602679af7adac8f2e2148bb06b7e5cf5a3739f528115e8d8bbf8452384005247f2e8a874c9535dc262732d8adcc"
            ),
        ])
    func smallVectors(suite: ChunkedEncryption.Suite, length: Int, expected: String) throws {
        let salt = (0..<24).map { UInt8(($0 * 3 + 5) % 256) }
        let context = length == 0 ? "" : "conclave/media/0123"
        let found = try sealed(message(length), suite, context: context, salt: salt)
        #expect(Hex.encode(found) == expected)
        #expect(try opened(found, suite, context: context) == message(length))
    }

    @Test(
        "vectors of several chunks, by their SHA-256",
        arguments: [
            (ChunkedEncryption.Suite.aes128, 16_383, "bc597f40112ca3e9ba4178d21a47d98a3eafe81b9d2e13b41b3a8eb6f735e010"),
            (.aes128, 16_384, "f87998b9da71383af8488f67012abec2168bbb71231a30d248f48ed60caa7eab"),
            (.aes128, 16_385, "217b732cb129454995114b135a827758270ba06c855bc076d610bebce5444f3a"),
            (.aes128, 70_000, "646b1aefd470349ab3444eaf1b3a0ad875b8c5782a8eede0fe13c085809fb39a"),
            (.aes256, 16_383, "7d515c477b244ec9bc7ab5554e18d35d6a8ecac4b572394ec60c084fea04412e"),
            (.aes256, 16_384, "ede3d66df3fa7c20e920c563ec7c100616c09ab47cbe5c466aab82e21f107376"),
            (.aes256, 16_385, "1620c46557a2f6d703050c900def2ff40a221348457a745b74e16ffe3df718de"),
            (.aes256, 20_480, "492e0b04aa7a6a09d2b42adbeb5520d1299440d9d0fbae2f3c02e3db94c98e30"),
            (.aes256, 49_152, "4d1b95c986f0def181d3ba15c1293d0258e0f3de76560b8ed8cd8583e678e215"),
            (.aes256, 70_000, "03d0eb767e5d224973af596b06ccff3fa14b15971e6253259d76788f1ec2d67c"),
        ])
    func largeVectors(suite: ChunkedEncryption.Suite, length: Int, expected: String) throws {
        let salt = (0..<24).map { UInt8(($0 * 3 + 5) % 256) }
        let found = try sealed(message(length), suite, context: "conclave/media/0123", salt: salt)
        #expect(Hex.encode(SHA256.hash(data: found)) == expected)
    }

    @Test("what was sealed opens, however it arrived", arguments: lengths)
    func roundTrip(length: Int) throws {
        for pieces in [1000, 16_384, 100_000] {
            let found = try sealed(message(length), pieces: pieces)
            #expect(Int64(found.count) == ChunkedEncryption.sealedLength(of: Int64(length)))
            #expect(try opened(found) == message(length))
        }
    }

    @Test("lengths that no message has are refused")
    func impossibleLengths() throws {
        let whole = Int64(ChunkedEncryption.sealedChunkLength)
        for chunks in 0..<3 as Range<Int64> {
            for rest in 0..<16 as Range<Int64> { #expect(ChunkedEncryption.length(ofSealed: 56 + chunks * whole + rest) == nil) }
            #expect(ChunkedEncryption.length(ofSealed: 56 + chunks * whole + 16) == chunks * Int64(Self.chunk))
        }
        for short in 0..<56 as Range<Int64> { #expect(ChunkedEncryption.length(ofSealed: short) == nil) }
        for length in Self.lengths.map(Int64.init) {
            #expect(ChunkedEncryption.length(ofSealed: ChunkedEncryption.sealedLength(of: length)) == length)
        }
    }

    @Test("a flipped bit anywhere is found")
    func bitFlips() throws {
        let found = try sealed(message(40_000))
        for place in Array(0..<80) + stride(from: 80, to: found.count, by: 611) + [found.count - 1] {
            var changed = found
            changed[place] ^= 1 << UInt8(place % 8)
            #expect(throws: ChunkedEncryptionError.self) { try opened(changed) }
        }
    }

    @Test("a cut, a swap, another key, another context: nothing opens")
    func mallory() throws {
        let found = try sealed(message(40_000))
        let sealedChunk = ChunkedEncryption.sealedChunkLength
        for cut in [0, 10, 55, 56, 57, 72, 56 + sealedChunk, 56 + sealedChunk + 16, 56 + 2 * sealedChunk, found.count - 1] {
            #expect(throws: ChunkedEncryptionError.self) { try opened(Array(found.prefix(cut))) }
        }
        #expect(throws: ChunkedEncryptionError.self) { try opened(found + [0]) }
        let (first, second) = (56..<56 + sealedChunk, 56 + sealedChunk..<56 + 2 * sealedChunk)
        let swapped = Array(found[..<56]) + found[second] + found[first] + found[second.upperBound...]
        #expect(throws: ChunkedEncryptionError.notAuthentic) { try opened(swapped) }
        #expect(throws: ChunkedEncryptionError.notCommitted) { try opened(found, context: "elsewhere") }
        #expect(throws: ChunkedEncryptionError.wrongKeyLength) {
            try ChunkedSealer(key: SymmetricKey(size: .bits128), context: [])
        }
        let other = try sealed(message(40_000))
        #expect(throws: ChunkedEncryptionError.notAuthentic) { try opened(Array(found[..<56]) + other[56...]) }
        #expect(other != found)
    }
}
