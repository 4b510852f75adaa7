import Foundation
import Glibc
import Keys
import Storage
import Testing

@Suite("Opening what should not be opened")
struct OpeningTests {
    @Test("a wrong master key is refused with both identifiers")
    func wrongKey() async throws {
        let scratch = try Scratch()
        try await scratch.fill()
        let other = MasterKey.random()
        try unchanged(scratch, .wrongKey(given: other.identifier, wanted: [scratch.key.identifier]), exitCode: 10) {
            try scratch.open(other)
        }
    }

    @Test("a missing key is refused and no new one is made")
    func missingKey() async throws {
        let scratch = try Scratch()
        let keys = try Scratch()
        let source = KeyFile(path: keys.path + "/master.key", dataDirectory: scratch.path)
        let key = try Store.masterKey(from: source, for: scratch.url)
        let store = try scratch.open(key)
        await store.close()
        #expect(try Store.masterKey(from: source, for: scratch.url) == key)
        try FileManager.default.removeItem(atPath: keys.path + "/master.key")
        try unchanged(scratch, .missingKey(.missing(place: source.place)), exitCode: 11) {
            try Store.masterKey(from: source, for: scratch.url)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: keys.path).isEmpty)
        let other = try source.create()
        try unchanged(scratch, .wrongKey(given: other.identifier, wanted: [key.identifier]), exitCode: 10) {
            try Store.masterKey(from: source, for: scratch.url)
        }
    }

    @Test("somebody else's file is left alone", arguments: ["SQLite format 3\u{0}", "not a database at all", ""])
    func foreign(content: String) throws {
        let scratch = try Scratch()
        try FileManager.default.createDirectory(at: scratch.url, withIntermediateDirectories: true)
        try Data(content.utf8).write(to: URL(fileURLWithPath: scratch.database))
        try unchanged(scratch, .foreignFile(path: scratch.database), exitCode: 12) { try scratch.open() }
    }

    @Test("another installation's database under our header is refused")
    func exchanged() async throws {
        let (scratch, other) = (try Scratch(), try Scratch())
        try await scratch.fill()
        try await other.fill()
        try FileManager.default.removeItem(atPath: scratch.database)
        try FileManager.default.copyItem(atPath: other.database, toPath: scratch.database)
        try unchanged(scratch, exitCode: 13) { try scratch.open() }
    }

    @Test("a changed key header is refused, wherever the change is")
    func headerDamage() async throws {
        let scratch = try Scratch()
        try await scratch.fill()
        let intact = try Data(contentsOf: URL(fileURLWithPath: scratch.header))
        for index in 0..<intact.count {
            var changed = intact
            changed[index] ^= 0x01
            try changed.write(to: URL(fileURLWithPath: scratch.header))
            let before = try scratch.contents()
            #expect(throws: StorageError.self, "byte \(index)") { try scratch.open() }
            #expect(try scratch.contents() == before)
        }
        for length in [0, 1, intact.count / 2, intact.count - 1] {
            try intact.prefix(length).write(to: URL(fileURLWithPath: scratch.header))
            try unchanged(scratch, .headerDamaged(path: scratch.header), exitCode: 13) { try scratch.open() }
        }
        try intact.write(to: URL(fileURLWithPath: scratch.header))
        let store = try scratch.open()
        #expect(try await store.texts().count == 20)
        await store.close()
    }

    @Test("a header without its database does not begin anew")
    func databaseMissing() async throws {
        let scratch = try Scratch()
        try await scratch.fill()
        try FileManager.default.removeItem(atPath: scratch.database)
        try unchanged(scratch, .databaseMissing(path: scratch.database), exitCode: 13) { try scratch.open() }
    }

    @Test("a second process on the same data is refused, and may come when the first has gone")
    func inUse() async throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        #expect(throws: StorageError.inUse(path: scratch.path)) { try scratch.open() }
        #expect(StorageError.inUse(path: "").exitCode == 14)
        try await store.add("unharmed")
        #expect(try await store.texts() == ["unharmed"])
        await store.close()
        let again = try scratch.open()
        #expect(try await again.texts() == ["unharmed"])
        await again.close()
    }

    @Test("data of a newer version are refused")
    func newerSchema() async throws {
        let scratch = try Scratch()
        let newer = Scratch.notes + [Migration("test/9 future", "CREATE TABLE future (id INTEGER PRIMARY KEY)")]
        let store = try scratch.open(nil, newer)
        await store.close()
        try unchanged(scratch, .newerSchema(unknown: "test/9 future"), exitCode: 17) { try scratch.open() }
    }

    @Test("an edited migration is refused")
    func editedMigration() async throws {
        let scratch = try Scratch()
        try await scratch.fill()
        let edited = [Migration("test/1 notes", "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)")]
        try unchanged(scratch, .migrationChanged(name: "test/1 notes"), exitCode: 20) { try scratch.open(nil, edited) }
    }

    @Test("a migration that fails leaves nothing of itself or of its companions")
    func failingMigration() async throws {
        let scratch = try Scratch()
        try await scratch.fill()
        let failing =
            Scratch.notes + [
                Migration("test/2 fine", "CREATE TABLE fine (id INTEGER PRIMARY KEY)"),
                Migration("test/3 wrong", "CREATE TABLE half (id INTEGER PRIMARY KEY)", "INSERT INTO nowhere VALUES (1)"),
            ]
        #expect {
            try scratch.open(nil, failing)
        } throws: { error in
            guard case .migrationFailed("test/3 wrong", _)? = error as? StorageError else { return false }
            return true
        }
        let store = try scratch.open()
        let tables = try await store.read { tx in
            try tx.rows("SELECT name FROM sqlite_master WHERE type = 'table'").map { try $0.text(0) }
        }
        #expect(!tables.contains("fine") && !tables.contains("half"))
        #expect(try await store.texts().count == 20)
        await store.close()
        let further = try scratch.open(nil, Array(failing.prefix(2)))
        await further.close()
    }

    @Test("a library that cannot encrypt is refused, the two that can are told apart")
    func cipherMissing() throws {
        #expect(throws: StorageError.cipherMissing) { try CipherLibrary.detect { _ in nil } }
        #expect(StorageError.cipherMissing.exitCode == 18)
        #expect(try CipherLibrary.detect { $0.contains("sqlite3mc") ? "2" : nil } == .multipleCiphers(version: "2"))
        #expect(try CipherLibrary.detect { $0 == "PRAGMA cipher_version" ? "4" : nil } == .sqlcipher(version: "4"))
    }

    @Test("a first start that was interrupted is taken up again")
    func interruptedStart() async throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        await store.close()
        let text = try String(contentsOfFile: scratch.header, encoding: .utf8)
        #expect(text.contains("state ready"))
        #expect(text.hasPrefix("conclave-keys 1\n"))
    }

    @Test("every error is a sentence with an exit code")
    func sentences() {
        let errors: [StorageError] = [
            .wrongKey(given: "a", wanted: ["b"]), .missingKey(.missing(place: "p")), .foreignFile(path: "p"),
            .headerDamaged(path: "p"), .databaseMissing(path: "p"), .damaged(detail: "d"), .diskFull(path: "p"),
            .readOnly(path: "p"), .inUse(path: "p"), .newerSchema(unknown: "u"), .cipherMissing, .journalMode("delete"),
            .keyDestroyed(scope: "person/1"), .busy, .closed,
        ]
        for error in errors {
            #expect(error.description.hasSuffix("."))
            #expect(error.exitCode > 1)
        }
        let distinct = errors.filter { $0 != .closed && $0 != .busy }.prefix(3).map(\.exitCode)
        #expect(Set(distinct).count == 3)
    }

    private func unchanged<Value>(
        _ scratch: Scratch, _ expected: StorageError? = nil, exitCode: Int32, _ body: () throws -> Value
    ) throws {
        let before = try scratch.contents()
        do {
            _ = try body()
            Issue.record("it was opened")
        } catch let error as StorageError {
            if let expected { #expect(error == expected) }
            #expect(error.exitCode == exitCode, "\(error)")
        }
        #expect(try scratch.contents() == before)
    }
}
