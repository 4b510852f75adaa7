import Foundation
import Glibc
import Storage
import Testing

/// A small file system in memory; only the superuser can mount one.
private final class SmallDisk: Sendable {
    static let isPossible = geteuid() == 0 && (try? SmallDisk(kilobytes: 64)) != nil  // a container may forbid it to root too

    let path: String

    init(kilobytes: Int) throws {
        path = FileManager.default.temporaryDirectory.path + "/disk-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        guard mount("tmpfs", path, "tmpfs", 0, "size=\(kilobytes)k,mode=0700") == 0 else {
            try FileManager.default.removeItem(atPath: path)
            throw Refused()
        }
    }

    func makeReadOnly() -> Bool {
        mount("tmpfs", path, "tmpfs", UInt(MS_REMOUNT | MS_RDONLY), nil) == 0
    }

    deinit {
        umount2(path, Int32(MNT_DETACH))
        try? FileManager.default.removeItem(atPath: path)  // an empty directory harms nobody
    }
}

@Suite("Disks that refuse", .enabled(if: SmallDisk.isPossible, "mounting a small disk needs the superuser"))
struct DiskTests {
    @Test("a full disk is said so, acknowledged writes stay, and with room again work goes on")
    func full() async throws {
        let disk = try SmallDisk(kilobytes: 3072)
        let scratch = try Scratch(at: disk.path + "/data")
        let ballast = disk.path + "/ballast"
        try Data(count: 1_000_000).write(to: URL(fileURLWithPath: ballast))
        let store = try scratch.open()
        var acknowledged: [String] = []
        var failure: StorageError?
        for index in 0..<5000 where failure == nil {
            let text = "\(index) " + String(repeating: "x", count: 2000)
            do {
                try await store.add(text)
                acknowledged.append(text)
            } catch { failure = error as? StorageError }
        }
        #expect(failure == .diskFull(path: scratch.path))
        #expect(failure?.exitCode == 15)
        #expect(try await store.texts() == acknowledged)
        try FileManager.default.removeItem(atPath: ballast)
        try await store.add("room again")
        #expect(try await store.texts() == acknowledged + ["room again"])
        await store.close()
        let again = try scratch.open()
        #expect(try await again.texts() == acknowledged + ["room again"])
        #expect(try await again.check().problems == [])
        await again.close()
    }

    @Test("no room for a first start is said so, and the start succeeds later")
    func fullAtStart() async throws {
        for spare in [0, 8, 40] {
            // A disk for each: what a failed start has opened takes room until it is let go.
            let disk = try SmallDisk(kilobytes: 1024)
            let ballast = disk.path + "/ballast"
            let scratch = try Scratch(at: disk.path + "/data")
            try Data(count: (1024 - spare) * 1024).write(to: URL(fileURLWithPath: ballast))
            #expect(throws: StorageError.diskFull(path: scratch.path), "\(spare)") { try scratch.open() }
            try FileManager.default.removeItem(atPath: ballast)
            let store = try scratch.open()
            try await store.add("at last")
            await store.close()
        }
    }

    @Test("a directory that cannot be written is said so and stays as it is")
    func readOnly() async throws {
        let disk = try SmallDisk(kilobytes: 2048)
        let scratch = try Scratch(at: disk.path + "/data")
        try await scratch.fill()
        try #require(disk.makeReadOnly())
        let before = try scratch.contents()
        #expect(throws: StorageError.readOnly(path: scratch.path)) { try scratch.open() }
        #expect(StorageError.readOnly(path: "").exitCode == 16)
        #expect(try scratch.contents() == before)
        #expect(throws: StorageError.readOnly(path: disk.path + "/new")) { try Scratch(at: disk.path + "/new").open() }
    }
}
