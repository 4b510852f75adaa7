import Crypto
import Foundation
import Keys
import Storage

/// A data directory of its own for one test, removed when the last reference goes.
final class Scratch: Sendable {
    static let notes = [
        Migration("test/1 notes", "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE, extra BLOB)")
    ]

    let path: String
    let key = MasterKey.random()
    private let isOwner: Bool

    init(at path: String? = nil) throws {
        isOwner = path == nil
        self.path = path ?? FileManager.default.temporaryDirectory.path + "/store-" + UUID().uuidString
    }

    deinit {
        if isOwner { try? FileManager.default.removeItem(atPath: path) }  // leftovers of a test harm nobody
    }

    var url: URL { URL(fileURLWithPath: path, isDirectory: true) }
    var database: String { path + "/conclave.db" }
    var header: String { path + "/conclave.keys" }

    func options(_ key: MasterKey? = nil, _ migrations: [Migration] = notes) -> Store.Options {
        // The clock holds on to the directory for as long as the store lives.
        Store.Options(
            directory: url, masterKey: key ?? self.key, migrations: migrations,
            now: { withExtendedLifetime(self) { 1_700_000_000_000 } })
    }

    func open(_ key: MasterKey? = nil, _ migrations: [Migration] = notes) throws(StorageError) -> Store {
        try Store.open(options(key, migrations))
    }

    /// A closed database with some notes in it.
    func fill(_ count: Int = 20) async throws {
        let store = try open()
        for index in 0..<count { try await store.add("note \(index)") }
        await store.close()
    }

    /// Every file with the hash of its bytes: equal before and after means that nothing was changed.
    func contents() throws -> [String: SHA256.Digest] {
        guard FileManager.default.fileExists(atPath: path) else { return [:] }
        return try FileManager.default.subpathsOfDirectory(atPath: path).reduce(into: [:]) { result, name in
            result[name] = SHA256.hash(data: try Data(contentsOf: URL(fileURLWithPath: path + "/" + name)))
        }
    }

    func copy(to other: Scratch) throws {
        try? FileManager.default.removeItem(atPath: other.path)  // there may be none
        try FileManager.default.copyItem(atPath: path, toPath: other.path)
    }
}

extension Store {
    func add(_ text: String) async throws {
        try await write { tx in try tx.run("INSERT INTO notes (text) VALUES (?)", .text(text)) }
    }

    func texts() async throws -> [String] {
        try await read { tx in try tx.rows("SELECT text FROM notes ORDER BY id").map { try $0.text(0) } }
    }
}

struct Refused: Error, Equatable {}
