import Crypto
import Keys
import Testing

@Suite("Seals")
struct SealTests {
    let key = SymmetricKey(size: .bits256)

    @Test("what was sealed for a place opens there", arguments: [0, 1, 15, 16, 17, 4096, 70_000])
    func roundTrip(count: Int) throws {
        let bytes = [UInt8](repeating: 0xA5, count: count)
        let sealed = try Seal.seal(bytes, key: key, place: "events/1")
        #expect(sealed.count == count + Seal.overhead)
        #expect(sealed[0] == 1)
        #expect(try Seal.open(sealed, key: key, place: "events/1") == bytes)
        #expect(try Seal.seal(bytes, key: key, place: "events/1") != sealed)
    }

    @Test("it opens with no other key and at no other place")
    func elsewhere() throws {
        let sealed = try Seal.seal(Array("hello".utf8), key: key, place: "events/1")
        #expect(throws: SealError.notAuthentic) { try Seal.open(sealed, key: key, place: "events/2") }
        #expect(throws: SealError.notAuthentic) { try Seal.open(sealed, key: SymmetricKey(size: .bits256), place: "events/1") }
    }

    @Test("every flipped bit and every missing byte is noticed")
    func tampering() throws {
        let sealed = try Seal.seal(Array("hello bob".utf8), key: key, place: "p")
        for index in sealed.indices {
            for bit in 0..<8 {
                var changed = sealed
                changed[index] ^= 1 << UInt8(bit)
                #expect(throws: SealError.self) { try Seal.open(changed, key: key, place: "p") }
            }
            #expect(throws: SealError.self) { try Seal.open(Array(sealed.prefix(index)), key: key, place: "p") }
        }
        #expect(throws: SealError.self) { try Seal.open(sealed + [0], key: key, place: "p") }
    }

    @Test("a known seal of AES-256-GCM opens (NIST test case 16)")
    func vector() throws {
        let key = SymmetricKey(data: try #require(Hex.decode("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308")))
        let text = try #require(
            Hex.decode(
                "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
            ))
        // The place of this format is text, and the vector's associated data is not: the same key and nonce, own tag.
        let nonce = try AES.GCM.Nonce(data: try #require(Hex.decode("cafebabefacedbaddecaf888")))
        let box = try AES.GCM.seal(text, using: key, nonce: nonce, authenticating: Array("place".utf8))
        let cipher =
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
        #expect(Hex.encode(box.ciphertext) == cipher)
        let sealed = [1] + Array(nonce) + Array(box.ciphertext) + Array(box.tag)
        #expect(try Seal.open(sealed, key: key, place: "place") == text)
    }
}
