import Crypto
import Keys
import Testing

@Suite("The master key")
struct MasterKeyTests {
    @Test("derivation is HKDF-SHA256 with the documented info (RFC 5869)")
    func derivation() throws {
        let master = try MasterKey(Secret(bytes: [UInt8](repeating: 0x0B, count: 32)))
        let expected = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: [UInt8](repeating: 0x0B, count: 32)),
            info: Array("conclave/v1/mail/room/7/3".utf8), outputByteCount: 32)
        #expect(master.derive(purpose: "mail", scope: "room/7", generation: 3) == expected)
    }

    @Test("another purpose, scope or generation is another key")
    func separation() {
        let master = MasterKey.random()
        let keys = [
            master.derive(purpose: "a", scope: "b", generation: 1), master.derive(purpose: "b", scope: "b", generation: 1),
            master.derive(purpose: "a", scope: "c", generation: 1), master.derive(purpose: "a", scope: "b", generation: 2),
        ]
        let bytes = Set(keys.map { key in key.withUnsafeBytes { Array($0) } })
        #expect(bytes.count == keys.count)
    }

    @Test("it has 32 bytes and prints only its identifier")
    func form() throws {
        #expect(throws: KeyError.wrongLength(31)) { try MasterKey(Secret(bytes: [UInt8](repeating: 1, count: 31))) }
        let master = MasterKey.random()
        let hex = master.secret.withBytes { Hex.encode($0) }
        #expect("\(master)" == "master key \(master.identifier)")
        #expect(!hex.contains(master.identifier))
        #expect(master.identifier.count == 16)
    }

    @Test("a wrapped key opens only as what it was wrapped")
    func wrapping() throws {
        let master = MasterKey.random()
        let key = SymmetricKey(size: .bits256)
        let wrapped = try KeyWrap.wrap(key, as: .dataKey, scope: "room/1", generation: 2, by: master, masterGeneration: 1)
        #expect(
            try KeyWrap.unwrap(wrapped, as: .dataKey, scope: "room/1", generation: 2, by: master, masterGeneration: 1) == key)
        #expect(throws: SealError.self) {
            try KeyWrap.unwrap(wrapped, as: .dataKey, scope: "room/2", generation: 2, by: master, masterGeneration: 1)
        }
        #expect(throws: SealError.self) {
            try KeyWrap.unwrap(wrapped, as: .dataKey, scope: "room/1", generation: 3, by: master, masterGeneration: 1)
        }
        #expect(throws: SealError.self) {
            try KeyWrap.unwrap(wrapped, as: .databaseFile, scope: "room/1", generation: 2, by: master, masterGeneration: 1)
        }
        #expect(throws: SealError.self) {
            try KeyWrap.unwrap(wrapped, as: .dataKey, scope: "room/1", generation: 2, by: .random(), masterGeneration: 1)
        }
    }
}
