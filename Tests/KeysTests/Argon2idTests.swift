import Crypto
import Keys
import Testing

@Suite("Argon2id")
struct Argon2idTests {
    let pepper = SymmetricKey(size: .bits256)

    @Test("a password fits its own hash, made with the recommended costs")
    func verifies() throws {
        let hash = try Argon2id.hash(Secret("alice's password"), pepper: pepper)
        #expect(hash.hasPrefix("$argon2id$v=19$m=19456,t=2,p=1$"))
        #expect(Argon2id.verify(Secret("alice's password"), against: hash, pepper: pepper))
        #expect(!Argon2id.verify(Secret("mallory's guess"), against: hash, pepper: pepper))
        #expect(!Argon2id.verify(Secret("alice's password"), against: hash, pepper: SymmetricKey(size: .bits256)))
        #expect(!Argon2id.verify(Secret("alice's password"), against: "nonsense", pepper: pepper))
        #expect(!Argon2id.needsRehash(hash))
        #expect(Argon2id.needsRehash("$argon2id$v=19$m=4096,t=1,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ"))
    }

    @Test("equal passwords have different hashes")
    func salts() throws {
        #expect(try Argon2id.hash(Secret("x"), pepper: pepper) != Argon2id.hash(Secret("x"), pepper: pepper))
    }
}
