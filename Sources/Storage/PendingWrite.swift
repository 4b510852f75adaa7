import Synchronization

/// A write that waits for its turn, and the task that waits for it.
final class PendingWrite<Value: Sendable>: Sendable {
    private enum Phase {
        case waiting(UnsafeContinuation<Value, any Error>?)
        case cancelled
        case running(UnsafeContinuation<Value, any Error>)
        case ran(UnsafeContinuation<Value, any Error>, Result<Value, any Error>)
        case finished
    }

    private let body: @Sendable (Transaction) throws -> Value
    private let phase = Mutex<Phase>(.waiting(nil))

    init(_ body: @escaping @Sendable (Transaction) throws -> Value) {
        self.body = body
    }

    /// The form in which it stands in the queue.
    var queued: QueuedWrite {
        QueuedWrite(begin: begin, run: run, finish: finish)
    }

    /// Ties the waiting task to this write; false if the task was cancelled before.
    func attach(_ continuation: UnsafeContinuation<Value, any Error>) -> Bool {
        let attached = phase.withLock { phase in
            guard case .waiting = phase else { return false }
            phase = .waiting(continuation)
            return true
        }
        if !attached { continuation.resume(throwing: CancellationError()) }
        return attached
    }

    /// Takes the write back unless it has begun.
    func cancel() {
        let waiting = phase.withLock { phase -> UnsafeContinuation<Value, any Error>? in
            guard case .waiting(let continuation) = phase else { return nil }
            phase = .cancelled
            return continuation
        }
        waiting?.resume(throwing: CancellationError())
    }

    /// Ends a write that could not be queued.
    func refuse(_ error: any Error) {
        if begin() { finish(error) }
    }

    private func begin() -> Bool {
        phase.withLock { phase in
            guard case .waiting(let continuation?) = phase else { return false }
            phase = .running(continuation)
            return true
        }
    }

    private func run(_ transaction: Transaction) -> (any Error)? {
        let result = Result { try body(transaction) }
        return phase.withLock { phase in
            if case .running(let continuation) = phase { phase = .ran(continuation, result) }
            if case .failure(let error) = result { return error }
            return nil
        }
    }

    private func finish(_ failure: (any Error)?) {
        let ended = phase.withLock { phase in
            defer { phase = .finished }
            return phase
        }
        switch ended {
        case .ran(let continuation, .success(let value)):
            if let failure { continuation.resume(throwing: failure) } else { continuation.resume(returning: value) }
        case .ran(let continuation, .failure(let error)): continuation.resume(throwing: error)
        case .running(let continuation): continuation.resume(throwing: failure ?? StorageError.closed)
        case .waiting, .cancelled, .finished: break
        }
    }
}

/// A pending write without its type.
struct QueuedWrite: Sendable {
    /// Marks it as begun; false if it was cancelled meanwhile.
    let begin: @Sendable () -> Bool
    /// Runs the closure; gives what it threw.
    let run: @Sendable (Transaction) -> (any Error)?
    /// Resumes the task, with an error if the group failed.
    let finish: @Sendable ((any Error)?) -> Void
}
