import Audit
import Foundation
import Media
import Storage
import TestHouse
import Testing

@Suite("Files that somebody changed")
struct DamageTests {
    @Test("give an error and never a wrong byte")
    func changed() async throws {
        let house = try MediaHouse()
        let alice = try await house.person("alice")
        let content = noise(50_000)
        let id = try await house.upload(content, by: alice)
        let file = try #require(house.files.first)
        let original = try Data(contentsOf: file)
        func expectDamage(_ changed: Data?, _ what: Comment) async throws {
            if let changed { try changed.write(to: file) } else { try FileManager.default.removeItem(at: file) }
            await #expect(throws: MediaError.damaged, what) { try await house.bytes(id) }
            try original.write(to: file)
        }
        for place in stride(from: 0, to: original.count, by: 997) {
            var changed = original
            changed[place] ^= 0x10
            try await expectDamage(changed, "byte \(place)")
        }
        for length in [0, 55, 56, 16_456, 16_472, original.count - 1] {
            try await expectDamage(original.prefix(length), "cut to \(length)")
        }
        try await expectDamage(original + Data([0]), "longer")
        try await expectDamage(nil, "missing")
        #expect(try await house.bytes(id) == content)
    }

    @Test("do not pass for each other, not even with their rows exchanged")
    func exchanged() async throws {
        let house = try MediaHouse()
        let alice = try await house.person("alice")
        let first = try await house.upload(noise(1000, seed: 1), by: alice)
        let one = try #require(house.files.first)
        let second = try await house.upload(noise(1000, seed: 2), by: alice)
        let two = try #require(house.files.first { $0.lastPathComponent != one.lastPathComponent })
        let bytes = (try Data(contentsOf: one), try Data(contentsOf: two))
        try bytes.1.write(to: one)
        try bytes.0.write(to: two)
        await #expect(throws: MediaError.damaged) { try await house.bytes(first) }
        await #expect(throws: MediaError.damaged) { try await house.bytes(second) }
        try await house.store.write { tx in
            let rows = try tx.rows("SELECT number, sealed FROM media ORDER BY number")
            try tx.run("UPDATE media SET sealed = ? WHERE number = ?", .blob(rows[1].blob(1)), .int(rows[0].int(0)))
        }
        await #expect(throws: StorageError.self) { try await house.bytes(first) }
    }
}

@Suite("The end of files")
struct RemovalTests {
    @Test("what is quarantined is not given, and can be given back")
    func quarantine() async throws {
        let house = try MediaHouse()
        let alice = try await house.person("alice")
        let id = try await house.upload([1], by: alice)
        try await house.media.quarantine(id, by: alice, at: house.now)
        await #expect(throws: MediaError.notFound) { try await house.find(id) }
        await #expect(throws: MediaError.notFound) { try await house.media.quarantine(id, by: alice, at: house.now) }
        try await house.media.release(id, by: alice, at: house.now)
        #expect(try await house.bytes(id) == [1])
    }

    @Test("deleting destroys row and file; who reads already finishes")
    func deletion() async throws {
        let house = try MediaHouse()
        let alice = try await house.person("alice")
        let id = try await house.upload(noise(70_000), by: alice)
        let reader = try await house.find(id).reader
        try await house.media.delete(id, by: alice, at: house.now)
        await #expect(throws: MediaError.notFound) { try await house.find(id) }
        await #expect(throws: MediaError.notFound) { try await house.media.delete(id, by: alice, at: house.now) }
        #expect(house.files.isEmpty)
        #expect(try await reader.bytes(0..<70_000) == noise(70_000))
    }

    @Test("what was kept long enough is destroyed; quarantined evidence stays")
    func retention() async throws {
        let house = try MediaHouse { $0.retention = 10_000 }
        let alice = try await house.person("alice")
        let (old, evidence) = (try await house.upload([1], by: alice), try await house.upload([2], by: alice))
        try await house.media.quarantine(evidence, by: alice, at: house.now)
        house.pass(9_000)
        let young = try await house.upload([3], by: alice)
        house.pass(2_000)
        try await house.media.expire(at: house.now)
        await #expect(throws: MediaError.notFound) { try await house.find(old) }
        #expect(try await house.bytes(young) == [3])
        try await house.media.release(evidence, by: alice, at: house.now)
        #expect(try await house.bytes(evidence) == [2])
        #expect(house.files.count == 2)
    }

    @Test("with the key of a person goes what that person uploaded")
    func erasure() async throws {
        let house = try MediaHouse()
        let alice = try await house.person("alice")
        let id = try await house.upload([1], by: alice)
        try await house.store.write { tx in try tx.destroyKey(.person(alice.number)) }
        await #expect(throws: StorageError.self) { try await house.find(id) }
        // Erasing somebody deletes the rows too; the files follow with the next sweep, unless they are young.
        try await house.store.write { tx in try tx.run("DELETE FROM media WHERE owner = ?", .int(alice.number)) }
        await #expect(throws: MediaError.notFound) { try await house.find(id) }
        #expect(try await house.media.sweep(untouchedFor: 3600) == 0)
        #expect(try await house.media.sweep(untouchedFor: 0) == 1)
        #expect(house.files.isEmpty)
    }
}
