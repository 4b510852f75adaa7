import Foundation
import GRDB
import Keys
import Testing

@testable import Storage

/// Looks for bytes in a database file with all its keys, also where no table points any more.
@Suite("What is deleted or overwritten is gone from the disk")
struct RemainsTests {
    @Test(
        "with all keys in hand nothing is found of what was overwritten or deleted, in the file or in the log",
        .enabled(if: decryptsFreePages, "SQLCipher copies what tables hold, and no free page, into a plain file"))
    func remains() async throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        let overwritten = Self.canary(1)
        let deleted = Self.canary(2)
        let kept = Self.canary(3)
        try await store.write { tx in
            for (index, bytes) in [overwritten, deleted, kept].enumerated() {
                try tx.run(
                    "INSERT INTO notes (id, text, extra) VALUES (?, ?, ?)", .int(Int64(index + 1)), .text("\(index)"),
                    .blob(bytes))
            }
        }
        try await store.emptyLogIfOwed()
        // The search finds what is there; otherwise finding nothing would mean nothing.
        let before = try Self.plainCopy(of: scratch)
        for bytes in [overwritten, deleted, kept] { #expect(Self.pieces(of: bytes, in: before) > 150) }
        try await store.write { tx in
            try tx.run("UPDATE notes SET extra = ? WHERE id = 1", .blob([1, 2, 3]))
            try tx.run("DELETE FROM notes WHERE id = 2")
            tx.emptyLogLater()
        }
        try await store.emptyLogIfOwed()
        // The writer does it right after it has answered; whatever it is given next waits for that.
        try await store.write { _ in }
        let log = try FileManager.default.attributesOfItem(atPath: scratch.database + "-wal")[.size] as? Int
        #expect(log == 0)
        let plain = try Self.plainCopy(of: scratch)
        #expect(Self.pieces(of: kept, in: plain) > 150)
        for bytes in [overwritten, deleted] { #expect(Self.pieces(of: bytes, in: plain) == 0) }
        await store.close()
    }

    /// Whether the library can make a file plain page by page.
    private static var decryptsFreePages: Bool {
        // A library that cannot be told is looked at by the test itself, which fails then.
        if case .sqlcipher? = try? CipherLibrary.linked() { false } else { true }
    }

    /// How many pieces of 64 bytes are found; a page that was used again may still hold some, and a long value lies on several.
    private static func pieces(of bytes: [UInt8], in plain: Data) -> Int {
        stride(from: 0, to: bytes.count, by: 64).count { plain.range(of: Data(bytes[$0..<($0 + 64)])) != nil }
    }

    /// Three pages of bytes that are nowhere else.
    private static func canary(_ seed: UInt8) -> [UInt8] {
        var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15
        return (0..<12_288).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 33)
        }
    }

    /// The file with every page decrypted, free pages too.
    private static func plainCopy(of scratch: Scratch) throws -> Data {
        let copy = try Scratch()
        try scratch.copy(to: copy)
        let header = try KeyHeader(path: copy.header).unlock(with: scratch.key, path: copy.header)
        let connections = Connections(path: copy.database, library: try CipherLibrary.linked(), fileKey: header.fileKey)
        let connection = try connections.writer(creating: false)
        try connection.inDatabase { database in
            _ = try Row.fetchAll(database, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
            _ = try Row.fetchAll(database, sql: "PRAGMA journal_mode = DELETE")
            _ = try Row.fetchAll(database, sql: "PRAGMA rekey = ''")
        }
        try connection.close()
        let data = try Data(contentsOf: URL(fileURLWithPath: copy.database))
        #expect(data.starts(with: Data("SQLite format 3".utf8)))
        return data
    }
}
