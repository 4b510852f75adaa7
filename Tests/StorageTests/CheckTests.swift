import Foundation
import Storage
import Testing

@Suite("Checking the store")
struct CheckTests {
    @Test("a healthy store is reported with its counts")
    func healthy() async throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        for index in 0..<5 { try await store.add("\(index)") }
        _ = try await store.write { tx in
            _ = try tx.nextPosition()
            return try tx.seal([1], .room(1), place: "p")
        }
        let report = try await store.check()
        #expect(report.isHealthy, "\(report.problems)")
        #expect(report.tables.first { $0.name == "notes" }?.rows == 5)
        #expect(report.keys == 2)
        #expect(report.pages > 5)
        #expect(report.position == 1)
        #expect(report.cipher == store.cipher.summary)
        await store.close()
    }

    @Test("a row that points nowhere and a key that no longer opens are problems")
    func problems() async throws {
        let store = try Scratch().open()
        _ = try await store.write { tx in try tx.seal([1], .room(1), place: "p") }
        try await store.write { tx in try tx.run("UPDATE key_wraps SET wrapped = x'00' WHERE scope = 'room/1'") }
        let report = try await store.check()
        #expect(report.problems.count == 1)
        #expect(report.problems.first?.contains("key_wraps/room/1/1") == true)
        await store.close()
    }
}
