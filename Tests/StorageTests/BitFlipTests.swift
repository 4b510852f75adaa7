import Foundation
import Storage
import Testing

@Suite("Flipped bits")
struct BitFlipTests {
    @Test("a flipped bit in any page is found or changes nothing; wrong data are never returned")
    func everyPage() async throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        try await store.write { tx in
            for index in 0..<600 {
                try tx.run(
                    "INSERT INTO notes (text, extra) VALUES (?, ?)", .text("note \(index)"),
                    .blob([UInt8](repeating: UInt8(index % 251), count: 400)))
            }
            for index in 0..<300 { try tx.run("DELETE FROM notes WHERE id = ?", .int(Int64(index * 2 + 1))) }
        }
        let expected = try await everything(store)
        await store.close()

        let intact = try Data(contentsOf: URL(fileURLWithPath: scratch.database))
        let pages = intact.count / 4096
        #expect(pages > 50)
        var found = 0
        var healed = 0
        for page in 0..<pages {
            let offsets = page == 0 ? Array(0..<32) + [64, 100, 2048, 4031, 4032, 4064, 4095] : [0, 16, 1000, 4031, 4033, 4095]
            for (turn, offset) in offsets.enumerated() {
                var changed = intact
                changed[page * 4096 + offset] ^= 1 << UInt8((page + turn) % 8)
                try changed.write(to: URL(fileURLWithPath: scratch.database))
                do {
                    let store = try scratch.open()
                    do {
                        let seen = try await everything(store)
                        let report = try await store.check()
                        #expect(seen == expected, "page \(page) offset \(offset)")
                        if report.isHealthy { healed += 1 } else { found += 1 }
                    } catch is StorageError { found += 1 }
                    await store.close()
                } catch is StorageError { found += 1 }
            }
        }
        #expect(found > healed * 4, "found \(found), healed \(healed)")
    }

    private func everything(_ store: Store) async throws -> [Record] {
        try await store.read { tx in
            // Through the table and through the index, so that every page in use is read.
            let rows = try tx.rows("SELECT id, text, extra FROM notes ORDER BY id")
            return rows + (try tx.rows("SELECT text FROM notes ORDER BY text"))
        }
    }
}
