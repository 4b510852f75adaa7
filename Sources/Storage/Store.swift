import Crypto
import Foundation
import GRDB
import GRDBSQLite
import Keys
import Logging
import Synchronization

/// The one door to the database: an encrypted SQLite file with many readers and one writer.
///
/// `read` sees a consistent snapshot; `write` returns when the change is on the disk. A function that takes a `Store` opens a
/// transaction, one that takes a `Transaction` is inside one.
package final class Store: Sendable {
    /// What a store is opened with.
    package struct Options: Sendable {
        /// The data directory; made when it is not there.
        package var directory: URL
        /// The key to everything in it.
        package var masterKey: MasterKey
        /// The schemas of all targets. Storage's own comes first by itself.
        package var migrations: [Migration]
        /// What the tables of all targets hold of rooms, people and events.
        package var holdings: [Holding] = []
        /// Where failures of the store are reported. No content ever is.
        package var logger: Logger
        /// Milliseconds since 1970.
        package var now: @Sendable () -> Int64
        /// Reading connections.
        package var maximumReaders = 4
        /// Writes that may wait; further ones fail with `StorageError.busy`.
        package var maximumPendingWrites = 10_000
        /// Values in the writer's memory.
        package var maximumCachedValues = 50_000
        /// Unwrapped data keys in memory.
        package var maximumCachedKeys = 50_000
        /// How often one data key may seal before there is a new generation.
        package var maximumUsesPerKey = Seal.maximumUses / 2

        /// Options with the usual limits.
        package init(
            directory: URL, masterKey: MasterKey, migrations: [Migration], logger: Logger = Logger(label: "conclave.storage"),
            now: @escaping @Sendable () -> Int64 = { Int64(Date().timeIntervalSince1970 * 1000) }
        ) {
            self.directory = directory
            self.masterKey = masterKey
            self.migrations = migrations
            self.logger = logger
            self.now = now
        }
    }

    /// The encrypting library in use.
    package let cipher: CipherLibrary
    let files: DataFiles
    let memory: StoreMemory
    private let connection: DatabaseQueue
    private let lock: DirectoryLock
    private let readers: Readers
    private let writer: GroupCommit
    private let isRotating = Mutex(false)

    init(
        files: DataFiles, lock: DirectoryLock, connections: Connections, connection: DatabaseQueue, memory: StoreMemory,
        options: Options
    ) {
        self.files = files
        self.lock = lock
        self.memory = memory
        self.connection = connection
        cipher = connections.library
        readers = Readers(connections, maximum: options.maximumReaders)
        writer = GroupCommit(
            connection, memory: memory, capacity: options.maximumPendingWrites, logger: options.logger)
    }

    deinit {
        writer.queue.close()
    }

    /// Starts the writer's thread, once.
    func start(position: Int64, cacheCapacity: Int) {
        writer.start(position: position, cacheCapacity: cacheCapacity, keeping: lock)
    }

    /// Runs a closure on a consistent snapshot. It runs on the calling thread; keep it short or page through long answers.
    ///
    /// When a key is destroyed meanwhile that the snapshot still speaks of, the closure is run once more, on a new one.
    package func read<Value: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> Value) async throws -> Value {
        let destructions = memory.keyRing.destructions
        do { return try await snapshot(body) } catch StorageError.keyDestroyed where memory.keyRing.destructions != destructions {
            return try await snapshot(body)
        }
    }

    private func snapshot<Value: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> Value) async throws -> Value {
        try await readers.lend { connection in
            try connection.inDatabase { database in
                let statements = Statements(database: database, path: memory.path)
                _ = try statements.run("BEGIN", [])
                let transaction = Transaction(statements, memory: memory, writer: nil)
                defer {
                    transaction.end()
                    _ = try? statements.run("COMMIT", [])  // ends a snapshot; there is nothing that could be lost
                }
                return try body(transaction)
            }
        }
    }

    /// Runs a closure in a transaction and returns when its changes are durable; when it throws, nothing of it was done.
    ///
    /// Concurrent writes share one commit. The closure may be run again, so it has no effects outside of the transaction except
    /// through `Transaction.afterCommit`. Throws `StorageError.busy` when too many writes wait, and `CancellationError` when
    /// the task was cancelled before the closure began; once begun it is finished.
    @discardableResult
    package func write<Value: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> Value) async throws -> Value {
        try await writer.queue.perform(body)
    }

    /// Runs one rotation at a time.
    func exclusively(_ body: () async throws -> Void) async throws {
        let begins = isRotating.withLock { isRotating in
            defer { isRotating = true }
            return !isRotating
        }
        guard begins else { throw StorageError.busy }
        defer { isRotating.withLock { $0 = false } }
        try await body()
    }

    /// Finishes what is under way, folds the write-ahead log into the database and lets the directory go. May be called twice.
    package func close() async {
        writer.queue.close()
        await writer.queue.waitForEnd()
        await readers.close()
        try? connection.close()  // already closed by an earlier call, or everything is in the log and recovered at the next start
        lock.release()
    }

    /// The same as `Transaction.tag`, for what is known before the transaction begins.
    package func tag(_ text: String, _ purpose: TagPurpose) -> [UInt8] { memory.tag(text, purpose) }

    /// A key for one purpose outside of the database, such as the pepper of passwords. It survives every rotation.
    package func purposeKey(_ purpose: String) -> SymmetricKey {
        memory.purposeKey(purpose)
    }
}
