import Access
import Audit
import Foundation
import Identity
import Keys
import Matrix
import Storage
import Synchronization

/// Accounts over a database of their own, with a clock that the test moves.
final class House: Sendable {
    let accounts: Accounts
    let store: Store
    let clock: TestClock
    private let directory: URL

    init(_ change: (inout IdentityPolicy) -> Void = { _ in }) throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "identity-\(UUID().uuidString)")
        let clock = TestClock()
        self.clock = clock
        var options = Store.Options(
            directory: directory, masterKey: .random(), migrations: AuditLog.schema + IdentitySchema.migrations,
            now: { clock.now })
        options.holdings = Store.holdings + IdentitySchema.holdings
        store = try Store.open(options)
        var policy = IdentityPolicy()
        policy.registration = .open
        change(&policy)
        accounts = Accounts(store: store, serverName: try ServerName(parsing: "example.org"), policy: policy) { clock.now }
    }

    deinit {
        let (store, directory) = (store, directory)
        Task {
            await store.close()
            try? FileManager.default.removeItem(at: directory)  // a directory left in the temporary one harms nobody
        }
    }

    static let password = Secret("quiet lantern over the harbour")
    static let here = Origin(address: "192.0.2.1", agent: "test", requestID: "1")
    static let elsewhere = Origin(address: "198.51.100.7", agent: "test", requestID: "2")
    static let operation = InteractiveOperation("POST /test", nil)

    /// A new person, signed in.
    @discardableResult
    func person(_ name: String, refreshes: Bool = false) async throws -> SignedIn {
        try await accounts.create(name, password: Self.password, by: .origin(Self.here))
        return try await accounts.signIn(
            name, password: Self.password, device: DeviceChoice(refreshes: refreshes), from: Self.here)
    }

    func session(_ token: String) async throws -> Session {
        try await accounts.authenticate(token: token, origin: Self.here)
    }

    /// What remains after the dummy stage of an open flow.
    func authorised(as session: Session? = nil) async throws -> Authorisation {
        let body = try JSON(parsing: Array(#"{"auth":{"type":"m.login.dummy"}}"#.utf8))
        let request = try accounts.interactiveRequest(body, for: Self.operation, flows: [[.dummy]])
        return try await accounts.authorise(request, session: session, from: Self.here)
    }

    /// The errcode of what a block throws, or nil when it throws nothing.
    static func errcode(_ body: () async throws -> Void) async -> String? {
        do {
            try await body()
            return nil
        } catch {
            return (error as? any MatrixErrorConvertible)?.matrixError.code.rawValue ?? "\(error)"
        }
    }

    /// The codes in the audit log, oldest first, and how many there are of each.
    func rows(_ sql: String) async throws -> [Record] { try await store.read { tx in try tx.rows(sql) } }
}

/// A clock that stands still until it is moved.
final class TestClock: Sendable {
    private let time = Mutex<Int64>(1_700_000_000_000)
    var now: Int64 { time.withLock { $0 } }
    func advance(_ milliseconds: Int64) { time.withLock { $0 += milliseconds } }
}

func parsed(_ text: String) throws -> JSON { try JSON(parsing: Array(text.utf8)) }

/// A value that several tasks note.
final class Noted<Value: Sendable>: Sendable {
    private let noted: Mutex<Value>
    init(_ value: Value) { noted = Mutex(value) }
    var value: Value { noted.withLock { $0 } }
    func change(_ body: (inout Value) -> Void) { noted.withLock { value in body(&value) } }
}
