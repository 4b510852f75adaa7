import Foundation
import GRDB
import GRDBSQLite
import Logging

/// The one writer: a thread that puts all waiting writes into one transaction, a savepoint each, with one commit and fsync.
final class GroupCommit: Sendable {
    /// Writes in one transaction.
    private static let maximumGroup = 512
    /// No further write joins a transaction that has run this long.
    private static let maximumDuration = Duration.milliseconds(20)

    let queue: WriteQueue
    private let connection: DatabaseQueue
    private let memory: StoreMemory
    private let logger: Logger

    init(_ connection: DatabaseQueue, memory: StoreMemory, capacity: Int, logger: Logger) {
        self.connection = connection
        self.memory = memory
        self.logger = logger
        queue = WriteQueue(capacity: capacity)
    }

    /// Starts the thread. `keeping` lives until the thread ends.
    func start(position: Int64, cacheCapacity: Int, keeping lock: DirectoryLock) {
        let thread = Thread { [self] in
            let state = WriterState(position: position, cacheCapacity: cacheCapacity)
            var backlog: ArraySlice<QueuedWrite> = []
            while true {
                if backlog.isEmpty {
                    guard let next = queue.next(limit: Self.maximumGroup, idle: { tidy(state) }) else { break }
                    backlog = next
                }
                connection.inDatabase { runGroup(&backlog, Statements(database: $0, path: memory.path), state) }
                if state.mustTruncateLog { tidy(state) }
            }
            withExtendedLifetime(lock) { queue.ended() }
        }
        thread.name = "conclave.writer"
        thread.stackSize = 8 << 20
        thread.start()
    }

    private func runGroup(_ backlog: inout ArraySlice<QueuedWrite>, _ statements: Statements, _ state: WriterState) {
        var begun: [QueuedWrite] = []
        begun.reserveCapacity(backlog.count)
        do {
            _ = try statements.run("BEGIN IMMEDIATE", [])
            let deadline = ContinuousClock.now + Self.maximumDuration
            let isAlone = backlog.count == 1
            while let write = backlog.popFirst() {
                guard write.begin() else { continue }
                begun.append(write)
                try runOne(write, isAlone: isAlone, statements, state)
                if ContinuousClock.now > deadline { break }
            }
            try finishGroup(statements, state)
            _ = try statements.run("COMMIT", [])
        } catch {
            let failure = StorageError(error, path: memory.path)
            if !statements.isOutsideTransaction { _ = try? statements.run("ROLLBACK", []) }  // the group failed already
            state.lost()
            state.position = max(state.position, state.storedPosition)
            if begun.isEmpty { while let write = backlog.popFirst() { if write.begin() { begun.append(write) } } }
            logger.error("a group of writes failed", metadata: ["writes": "\(begun.count)", "reason": "\(failure)"])
            for write in begun { write.finish(failure) }
            return
        }
        for block in state.committed(memory) { block() }
        for write in begun { write.finish(nil) }
    }

    private func runOne(_ write: QueuedWrite, isAlone: Bool, _ statements: Statements, _ state: WriterState) throws {
        if !isAlone { _ = try statements.run("SAVEPOINT one", []) }
        let transaction = Transaction(statements, memory: memory, writer: state)
        let failure = write.run(transaction)
        transaction.end()
        // After a full disk or a failed read the engine rolls back everything by itself.
        if statements.isOutsideTransaction {
            throw failure as? StorageError ?? .groupRolledBack(detail: "the engine ended the transaction")
        }
        if failure == nil {
            if !isAlone { _ = try statements.run("RELEASE one", []) }
            state.released()
        } else {
            if isAlone {
                _ = try statements.run("ROLLBACK", [])
                _ = try statements.run("BEGIN IMMEDIATE", [])
            } else {
                _ = try statements.run("ROLLBACK TO one", [])
                _ = try statements.run("RELEASE one", [])
            }
            state.rolledBack()
        }
    }

    private func finishGroup(_ statements: Statements, _ state: WriterState) throws {
        if !state.group.beforeCommit.isEmpty {
            let transaction = Transaction(statements, memory: memory, writer: state)
            defer { transaction.end() }
            for (_, work) in state.group.beforeCommit { try work(transaction) }
            state.released()
        }
        if state.position != state.storedPosition {
            _ = try statements.run("UPDATE stream_position SET position = ? WHERE id = 1", [.int(state.position)])
        }
    }

    // Old pages of destroyed keys leave the log as soon as no reader needs them any more.
    private func tidy(_ state: WriterState) {
        guard state.mustTruncateLog else { return }
        state.mustTruncateLog = !connection.inDatabase { database in
            sqlite3_busy_timeout(database.sqliteConnection, 20)
            defer { sqlite3_busy_timeout(database.sqliteConnection, 10_000) }
            let statements = Statements(database: database, path: memory.path)
            // Busy readers are the expected failure; it is tried again before the thread sleeps and after the next group.
            let answer = try? statements.first("PRAGMA wal_checkpoint(TRUNCATE)", [])
            return (try? answer?.int(0)) == 0
        }
    }
}
