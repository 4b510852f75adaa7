import Synchronization

/// Lets downloads wait for content that is still to come.
package final class MediaArrivals: Sendable {
    private struct State {
        var serial: UInt64 = 0
        var waiting: [Int64: [UInt64: AsyncStream<Void>.Continuation]] = [:]
        var count = 0
    }

    private let state = Mutex(State())
    private let capacity: Int

    /// Nobody waits yet.
    /// - Parameter capacity: how many may wait at once; others are answered immediately.
    package init(capacity: Int = 4096) {
        self.capacity = capacity
    }

    /// Runs `look` now, and again whenever content arrives at the address, until it gives something or the time is over.
    /// Nothing that arrives in between is missed.
    func wait<Value: Sendable>(
        for number: Int64, atMost time: Duration, _ look: @escaping @Sendable () async throws -> Value?
    ) async throws -> Value? {
        guard let (serial, arrivals) = enter(number) else { return try await look() }
        defer { leave(number, serial) }
        if let value = try await look() { return value }
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask {
                for await _ in arrivals {
                    if let value = try await look() { return value }
                }
                return nil
            }
            group.addTask {
                try await Task.sleep(for: time)
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }

    /// Wakes those who wait for an address. After the commit.
    func arrived(_ number: Int64) {
        let waiting = state.withLock { $0.waiting[number]?.values.map { $0 } ?? [] }
        for continuation in waiting { continuation.yield() }
    }

    private func enter(_ number: Int64) -> (UInt64, AsyncStream<Void>)? {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let serial: UInt64? = state.withLock { state in
            guard state.count < capacity else { return nil }
            state.serial += 1
            state.count += 1
            state.waiting[number, default: [:]][state.serial] = continuation
            return state.serial
        }
        return serial.map { ($0, stream) }
    }

    private func leave(_ number: Int64, _ serial: UInt64) {
        state.withLock { state in
            state.count -= 1
            state.waiting[number]?[serial] = nil
            if state.waiting[number]?.isEmpty == true { state.waiting[number] = nil }
        }
    }
}

/// Counts what each person has under way, so that nobody has more than a share.
package final class Admission: Sendable {
    private let inside = Mutex<[Int64: Int]>([:])
    private let limit: Int

    /// - Parameter limit: how many each person may have at once.
    init(limit: Int) {
        self.limit = limit
    }

    /// Runs something unless the person has too much under way.
    /// - Throws: ``MediaError/tooManyUploads``, and what `body` throws.
    func admit<Value>(_ person: Int64, _ body: () async throws -> Value) async throws -> Value {
        let isAdmitted = inside.withLock { inside in
            guard inside[person, default: 0] < limit else { return false }
            inside[person, default: 0] += 1
            return true
        }
        guard isAdmitted else { throw MediaError.tooManyUploads }
        defer {
            inside.withLock { inside in
                let left = inside[person, default: 1] - 1
                inside[person] = left == 0 ? nil : left
            }
        }
        return try await body()
    }
}
