import Audit
import Foundation
import Matrix
import Media
import NIOCore
import Storage
import TestHouse
import Testing

@Suite("Uploads")
struct UploadTests {
    @Test("what was uploaded comes back", arguments: [0, 1, 16_383, 16_384, 16_385, 262_144, 1_000_000])
    func roundTrip(size: Int) async throws {
        let house = try MediaHouse()
        let alice = try await house.person("alice")
        let content = noise(size)
        let id = try await house.upload(content, type: "image/webp", name: "Blüte.webp", by: alice)
        let found = try await house.find(id)
        #expect(found.type.rawValue == "image/webp")
        #expect(found.fileName == "Blüte.webp")
        #expect(found.reader.length == Int64(size))
        #expect(try await house.bytes(id) == content)
        #expect(house.files.count == 1)
    }

    @Test("any range is what the whole has there")
    func ranges() async throws {
        let house = try MediaHouse()
        let alice = try await house.person("alice")
        let content = noise(100_000)
        let reader = try await house.find(house.upload(content, by: alice)).reader
        let edges = [0, 1, 16_383, 16_384, 16_385, 32_768, 65_535, 98_303, 98_304, 98_305, 99_999, 100_000]
        for first in edges {
            for last in edges where last >= first {
                #expect(try await reader.bytes(Int64(first)..<Int64(last)) == Array(content[first..<last]))
            }
        }
        await #expect(throws: MediaError.damaged) { try await reader.bytes(0..<100_001) }
        #expect(ObjectParts(5..<700_000).map(\.count).reduce(0, +) == 699_995)
        #expect(ObjectParts(5..<700_000).dropFirst().allSatisfy { $0.lowerBound % 16_384 == 0 })
    }

    @Test("neither content nor name nor address is found on the disk")
    func canary() async throws {
        let house = try MediaHouse()
        let alice = try await house.person("alice")
        let word = "canary-\(UUID().uuidString)"
        let content = Array(String(repeating: word, count: 5000).utf8)
        let id = try await house.upload(content, name: word + ".png", by: alice)
        await house.store.close()
        let all = FileManager.default.enumerator(at: house.directory, includingPropertiesForKeys: nil)?.allObjects as? [URL] ?? []
        #expect(all.count > 3)
        for file in all {
            #expect(!file.path.contains(word) && !file.path.contains(id.rawValue))
            guard let data = FileManager.default.contents(atPath: file.path) else { continue }
            #expect(data.range(of: Data(word.utf8)) == nil)
            #expect(data.range(of: Data(id.rawValue.utf8)) == nil)
        }
    }

    @Test("an upload that fails leaves nothing: no row, no file")
    func failedUpload() async throws {
        let house = try MediaHouse { $0.maximumUpload = 50_000 }
        let alice = try await house.person("alice")
        await #expect(throws: MediaError.tooLarge(50_000)) { try await house.upload(noise(50_001), by: alice) }
        await #expect(throws: CancellationError.self) {
            _ = try await house.media.upload(
                MediaDescription(type: nil, fileName: nil), by: alice, at: house.now,
                receive: { sink in
                    try await sink.take(.init(bytes: noise(40_000)))
                    throw CancellationError()
                })
        }
        #expect(house.files.isEmpty)
        #expect(try await house.store.read { tx in try tx.rows("SELECT 1 FROM media").count } == 0)
        try await house.upload(noise(50_000), by: alice)
    }

    @Test("files that an interruption left are swept away, others are not")
    func leftOver() async throws {
        let house = try MediaHouse()
        let alice = try await house.person("alice")
        let id = try await house.upload(noise(1000), by: alice)
        let kept = try #require(house.files.first)
        // Renamed, and then the process died before the row was written.
        let orphan = kept.deletingLastPathComponent().appending(path: String(repeating: "f", count: 32))
        try FileManager.default.copyItem(at: kept, to: orphan)
        // Still growing when the process died.
        let growing = house.directory.appending(path: "media/incoming/" + String(repeating: "0", count: 32))
        try Data([1, 2, 3]).write(to: growing)
        let next = try MediaRepository(
            store: house.store, serverName: house.media.serverName, directory: house.directory.path + "/media",
            policy: MediaPolicy())
        #expect(try await next.sweep(untouchedFor: 0) == 1)
        #expect(house.files.map(\.lastPathComponent) == [kept.lastPathComponent])
        #expect(try await house.bytes(id) == noise(1000))
        #expect(try await next.sweep(untouchedFor: 0) == 0)
    }

    @Test("nobody keeps more than the quota")
    func quota() async throws {
        let house = try MediaHouse { $0.quota = 100_000 }
        let (alice, bob) = (try await house.person("alice"), try await house.person("bob"))
        let first = try await house.upload(noise(60_000), by: alice)
        await #expect(throws: MediaError.quotaReached) { try await house.upload(noise(40_001), by: alice) }
        try await house.upload(noise(40_000), by: alice)
        await #expect(throws: MediaError.quotaReached) { try await house.upload([1], by: alice) }
        try await house.upload(noise(60_000), by: bob)
        try await house.media.delete(first, by: alice, at: house.now)
        try await house.upload(noise(60_000), by: alice)
        #expect(house.files.count == 3)
    }

    @Test("nobody has more uploads under way than allowed")
    func admission() async throws {
        let house = try MediaHouse { $0.uploadsAtOnce = 1 }
        let alice = try await house.person("alice")
        _ = try await house.media.upload(
            MediaDescription(type: nil, fileName: nil), by: alice, at: house.now,
            receive: { _ in
                await #expect(throws: MediaError.tooManyUploads) { try await house.upload([1], by: alice) }
            })
        try await house.upload([1], by: alice)
    }

    @Test("every act is in the audit log")
    func audit() async throws {
        let house = try MediaHouse()
        let alice = try await house.person("alice")
        let id = try await house.upload([1], by: alice)
        _ = try await house.media.reserve(by: alice, at: house.now)
        try await house.media.quarantine(id, by: alice, at: house.now)
        try await house.media.release(id, by: alice, at: house.now)
        try await house.media.delete(id, by: alice, at: house.now)
        #expect(try await house.store.read { tx in try tx.first("SELECT COUNT(*) FROM audit_entries")?.int(0) } == 5)
    }
}
