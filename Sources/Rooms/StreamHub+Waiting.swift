import Synchronization

extension StreamHub {
    /// Why a wait ended.
    package enum Wakeup: Sendable, Equatable {
        /// Something happened that the person gets to see.
        case news
        /// The time is up.
        case timeout
        /// The server stops, or the one who waited went away.
        case draining
        /// The session that waited has ended.
        case sessionEnded
        /// What the person may do has changed; the session goes on.
        case released
    }

    /// One long poll that waits.
    struct Waiter {
        let id: UInt64
        let user: Int64
        let device: String?
        let deadline: Int64
        let continuation: CheckedContinuation<Wakeup, Never>
    }

    /// Waits until something happens after `mark` that a person gets to see, at most until `deadline` (milliseconds since 1970).
    ///
    /// Returns at once when there is something already. Deadlines are kept by ``tick(now:)``; the wait ends when the task is
    /// cancelled and when the caller hangs up (``HangUp``).
    package func wait(user: Int64, device: String?, after mark: StreamMark, until deadline: Int64) async -> Wakeup {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        let caller = HangUp.current
        defer { caller?.forget(id) }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waiter = Waiter(
                    id: id, user: user, device: device, deadline: deadline, continuation: continuation)
                // A cancellation before this point found nobody to wake, so it is asked for here, under the same lock.
                let answer = state.withLock { $0.enqueue(waiter, after: mark, isCancelled: Task.isCancelled) }
                if let answer {
                    continuation.resume(returning: answer)
                } else {
                    caller?.await(id) { [self] in sendHome(id) }
                }
            }
        } onCancel: {
            sendHome(id)
        }
    }

    private func sendHome(_ id: UInt64) {
        state.withLock { $0.take(id) }?.continuation.resume(returning: .draining)
    }

    /// Ends the waits of a device, or of all devices of a person: their sessions are over.
    package func endSession(user: Int64, device: String? = nil) {
        let ended = state.withLock { state in
            (state.people[user]?.waiters ?? [])
                .filter { device == nil || state.waiters[$0]?.device == device }
                .compactMap { state.take($0) }
        }
        ended.resume(returning: .sessionEnded)
    }

    /// Ends the waits of a person whose sessions go on: a request is answered with what there is, and the next one learns more;
    /// what waits on behalf of no session waits again.
    package func release(user: Int64) {
        let waiting = state.withLock { state in
            (state.people[user]?.waiters ?? []).compactMap { state.take($0) }
        }
        waiting.resume(returning: .released)
    }

    /// Ends all waits, and those that come later at once: the server stops.
    package func drain() {
        let ended = state.withLock { state in
            state.isDraining = true
            return Array(state.waiters.keys).compactMap { state.take($0) }
        }
        ended.resume(returning: .draining)
    }

    /// How many long polls wait.
    package var waiting: Int { state.withLock { $0.waiters.count } }

    /// Ends the waits whose time is up. Call it a few times a second.
    package func tick(now: Int64) {
        let late = state.withLock { state in
            state.sweep(now: now)
            return state.takeLate(now: now)
        }
        late.resume(returning: .timeout)
    }

    /// Keeps the time of long polls and of typing until the task is cancelled: the service of the hub.
    package func run(now: @Sendable () -> Int64) async {
        while !Task.isCancelled {
            let time = now()
            tick(now: time)
            for room in typing.expire(now: time) { typingEnded(in: room) }
            // Cancelled means over: the loop's condition sees to the rest.
            try? await Task.sleep(for: .milliseconds(Self.tickMilliseconds))
        }
    }

    /// How exact deadlines are.
    package static let tickMilliseconds: Int64 = 50
}

extension StreamHub.State {
    /// Lets somebody wait, unless the answer is known already.
    mutating func enqueue(
        _ waiter: StreamHub.Waiter, after mark: StreamMark, isCancelled: Bool
    ) -> StreamHub.Wakeup? {
        if isDraining || isCancelled { return .draining }
        var person = people[waiter.user] ?? StreamHub.PersonNews()
        if person.hasNews(for: waiter.device, since: mark) { return .news }
        person.waiters.append(waiter.id)
        people[waiter.user] = person
        waiters[waiter.id] = waiter
        deadlines[Self.bucket(of: waiter.deadline), default: []].insert(waiter.id)
        return nil
    }

    /// Takes out everybody who waits on behalf of a person.
    mutating func takeWaiters(of user: Int64, into taken: inout [StreamHub.Waiter]) {
        guard let ids = people[user]?.waiters, !ids.isEmpty else { return }
        for id in ids { if let waiter = take(id) { taken.append(waiter) } }
    }

    /// Takes out one who waits; nil when he was taken before.
    mutating func take(_ id: UInt64) -> StreamHub.Waiter? {
        guard let waiter = waiters.removeValue(forKey: id) else { return nil }
        people[waiter.user]?.waiters.removeAll { $0 == id }
        let bucket = Self.bucket(of: waiter.deadline)
        deadlines[bucket]?.remove(id)
        if deadlines[bucket]?.isEmpty == true { deadlines[bucket] = nil }
        return waiter
    }

    mutating func takeLate(now: Int64) -> [StreamHub.Waiter] {
        let due = deadlines.keys.filter { $0 * Self.bucketMilliseconds <= now }
        return due.flatMap { deadlines[$0].map(Array.init) ?? [] }.compactMap { take($0) }
    }

    /// The first bucket boundary that is not before a deadline.
    private static func bucket(of deadline: Int64) -> Int64 {
        (max(0, deadline) + bucketMilliseconds - 1) / bucketMilliseconds
    }

    private static var bucketMilliseconds: Int64 { 50 }
}

extension [StreamHub.Waiter] {
    /// Resumes them; do it outside of the lock.
    func resume(returning wakeup: StreamHub.Wakeup) {
        for waiter in self { waiter.continuation.resume(returning: wakeup) }
    }
}
