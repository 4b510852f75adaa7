import Audit
import Foundation
import Keys
import Matrix
import Storage

/// A store with an audit log, in a directory of its own.
final class TestLog: Sendable {
    let store: Store
    private let directory: Directory
    private let key: MasterKey

    convenience init() throws {
        try self.init(Directory(), .random())
    }

    private init(_ directory: Directory, _ key: MasterKey) throws {
        self.directory = directory
        self.key = key
        store = try Store.open(
            Store.Options(
                directory: directory.url, masterKey: key, migrations: AuditLog.schema,
                now: { withExtendedLifetime(directory) { 0 } }))
    }

    static var alice: Requester {
        get throws {
            Requester(
                user: try UserID(parsing: "@alice:example.org"), number: 1, device: "ALICEDEV",
                origin: Origin(address: "192.0.2.1", agent: "test", requestID: "r1"))
        }
    }

    static func entry(_ index: Int) throws -> AuditEntry {
        AuditEntry(code: .roomMessageSend, by: try alice, target: "$event\(index)", time: Int64(index))
    }

    func append(_ count: Int) async throws {
        for index in 0..<count { try await store.write { tx in try AuditLog.append(Self.entry(index), tx) } }
    }

    func verify(from first: Int64 = 1) async throws -> AuditLog.Verification {
        try await store.read { try AuditLog.verify(from: first, $0) }
    }

    func reopened() async throws -> TestLog {
        await store.close()
        return try TestLog(directory, key)
    }

    private final class Directory: Sendable {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("audit-" + UUID().uuidString)

        deinit {
            try? FileManager.default.removeItem(at: url)  // leftovers of a test harm nobody
        }
    }
}
