import GRDB
import Synchronization

/// Several reading connections, lent one at a time. Waiting for one suspends the task and blocks no thread.
final class Readers: Sendable {
    private struct State {
        var idle: [DatabaseQueue] = []
        var lent = 0
        var waiting: [UnsafeContinuation<Void, Never>] = []
        var isClosed = false
        var closing: UnsafeContinuation<Void, Never>?
    }

    private enum Offer {
        case connection(DatabaseQueue), openOne, wait, closed
    }

    private let state = Mutex(State())
    private let connections: Connections
    private let maximum: Int

    init(_ connections: Connections, maximum: Int) {
        self.connections = connections
        self.maximum = maximum
    }

    /// Lends a connection to a closure, on the calling thread.
    func lend<Value: Sendable>(_ body: (DatabaseQueue) throws -> Value) async throws -> Value {
        let connection = try await take()
        defer { giveBack(connection) }
        return try body(connection)
    }

    /// Waits until every connection is back and closes them.
    func close() async {
        await withUnsafeContinuation { continuation in
            let (isIdle, waiting) = state.withLock { state in
                state.isClosed = true
                if state.lent > 0 { state.closing = continuation }
                defer { state.waiting = [] }
                return (state.lent == 0, state.waiting)
            }
            for task in waiting { task.resume() }
            if isIdle { continuation.resume() }
        }
        let idle = state.withLock { state in
            defer { state.idle = [] }
            return state.idle
        }
        for connection in idle { try? connection.close() }  // a reading connection has nothing to lose
    }

    private func take() async throws -> DatabaseQueue {
        while true {
            switch state.withLock({ offer(&$0) }) {
            case .connection(let connection): return connection
            case .closed: throw StorageError.closed
            case .openOne:
                do { return try connections.reader() } catch {
                    giveBack(nil)
                    throw error
                }
            case .wait:
                await withUnsafeContinuation { continuation in
                    let mustWait = state.withLock { state in
                        let mustWait = state.idle.isEmpty && state.lent >= maximum && !state.isClosed
                        if mustWait { state.waiting.append(continuation) }
                        return mustWait
                    }
                    if !mustWait { continuation.resume() }
                }
            }
        }
    }

    private func offer(_ state: inout State) -> Offer {
        if state.isClosed { return .closed }
        if let connection = state.idle.popLast() {
            state.lent += 1
            return .connection(connection)
        }
        if state.lent < maximum {
            state.lent += 1
            return .openOne
        }
        return .wait
    }

    private func giveBack(_ connection: DatabaseQueue?) {
        let next = state.withLock { state -> UnsafeContinuation<Void, Never>? in
            state.lent -= 1
            if let connection { state.idle.append(connection) }
            if state.isClosed {
                guard state.lent == 0 else { return nil }
                defer { state.closing = nil }
                return state.closing
            }
            return state.waiting.isEmpty ? nil : state.waiting.removeFirst()
        }
        next?.resume()
    }
}
