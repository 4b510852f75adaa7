import Synchronization

extension StreamHub {
    /// Somebody begins to look into a room without being in it: from now on its events wake him, too. Read after this call.
    package func peekBegan(_ room: Int64) {
        state.withLock { $0.peekers[room, default: 0] += 1 }
    }

    /// Somebody looks away again.
    package func peekEnded(_ room: Int64) {
        state.withLock { state in
            let left = (state.peekers[room] ?? 1) - 1
            state.peekers[room] = left > 0 ? left : nil
            if left <= 0 { state.people[Self.peeker(of: room)] = nil }
        }
    }

    /// Waits until something happens in a room after `mark`, at most until `deadline`; between ``peekBegan(_:)`` and
    /// ``peekEnded(_:)``.
    package func wait(room: Int64, after mark: StreamMark, until deadline: Int64) async -> Wakeup {
        await wait(user: Self.peeker(of: room), device: nil, after: mark, until: deadline)
    }

    /// Those who look into a room wait as one person, whose number nobody else has: numbers of people are positive.
    static func peeker(of room: Int64) -> Int64 { -room }
}
