import Dispatch
import Synchronization

/// The writes that wait for the writer's thread: bounded, in order of arrival.
final class WriteQueue: Sendable {
    private struct State {
        var waiting: [QueuedWrite] = []
        var writerSleeps = false
        var isClosed = false
        var hasEnded = false
        var closing: [UnsafeContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())
    private let wake = DispatchSemaphore(value: 0)
    private let capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
    }

    /// Queues a write and waits until it is durable or failed.
    func perform<Value: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> Value) async throws -> Value {
        let write = PendingWrite(body)
        return try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { continuation in
                guard write.attach(continuation) else { return }
                if let refusal = append(write.queued) { write.refuse(refusal) }
            }
        } onCancel: {
            write.cancel()
        }
    }

    /// Waits for writes, for the writer's thread: nil when the queue is closed and empty. `idle` runs before it sleeps.
    func next(limit: Int, idle: () -> Void) -> ArraySlice<QueuedWrite>? {
        while true {
            let taken = state.withLock { state -> ArraySlice<QueuedWrite>? in
                if state.waiting.isEmpty { return state.isClosed ? nil : [] }
                return take(limit, &state)
            }
            guard let taken else { return nil }
            if !taken.isEmpty { return taken }
            idle()
            let mustSleep = state.withLock { state in
                state.writerSleeps = state.waiting.isEmpty && !state.isClosed
                return state.writerSleeps
            }
            if mustSleep { wake.wait() }
        }
    }

    /// Takes no more writes; those that wait are still done.
    func close() {
        let mustWake = state.withLock { state in
            state.isClosed = true
            defer { state.writerSleeps = false }
            return state.writerSleeps
        }
        if mustWake { wake.signal() }
    }

    /// The writer's thread is done.
    func ended() {
        let closing = state.withLock { state in
            state.hasEnded = true
            defer { state.closing = [] }
            return state.closing
        }
        for continuation in closing { continuation.resume() }
    }

    /// Waits until the writer's thread is done.
    func waitForEnd() async {
        await withUnsafeContinuation { continuation in
            let hasEnded = state.withLock { state in
                if !state.hasEnded { state.closing.append(continuation) }
                return state.hasEnded
            }
            if hasEnded { continuation.resume() }
        }
    }

    private func append(_ write: QueuedWrite) -> StorageError? {
        let (refusal, mustWake) = state.withLock { state -> (StorageError?, Bool) in
            if state.isClosed { return (.closed, false) }
            if state.waiting.count >= capacity { return (.busy, false) }
            state.waiting.append(write)
            defer { state.writerSleeps = false }
            return (nil, state.writerSleeps)
        }
        if mustWake { wake.signal() }
        return refusal
    }

    private func take(_ limit: Int, _ state: inout State) -> ArraySlice<QueuedWrite> {
        if state.waiting.count <= limit {
            defer { state.waiting = [] }
            return state.waiting[...]
        }
        let taken = state.waiting.prefix(limit)
        state.waiting.removeFirst(limit)
        return taken
    }
}
