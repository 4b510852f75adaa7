import Synchronization

extension StreamHub {
    /// Notes that somebody types in a room until a time (milliseconds since 1970), or with nil that he stopped.
    /// - Parameter wake: the joined members, who are told when the list of those typing changes.
    package func setTyping(_ user: Int64, in room: Int64, until: Int64?, wake: [Int64]) {
        let changed = until.map { typing.start(user, in: room, timeout: 0, now: $0) } ?? typing.stop(user, in: room)
        if changed { typingChanged(in: room, wake: wake) }
    }

    /// Announces that the list of those typing in a room changed.
    /// - Parameter wake: the joined members; they are remembered, to be told when the typing ends by itself.
    package func typingChanged(in room: Int64, wake: [Int64]) {
        let woken = state.withLock { state in
            state.typingReaders[room] = wake
            return state.typingChanged(in: room, wake: wake)
        }
        woken.resume(returning: .news)
    }

    /// Announces that typing ended by itself, to those who were told that it began.
    package func typingEnded(in room: Int64) {
        let woken = state.withLock { state in
            state.typingChanged(in: room, wake: state.typingReaders.removeValue(forKey: room) ?? [])
        }
        woken.resume(returning: .news)
    }

    /// The serial at which the list of those typing in a room changed last; 0 if it did not since the start.
    package func typingSerial(in room: Int64) -> Int64 {
        state.withLock { $0.rooms[room]?.typing ?? 0 }
    }
}

extension StreamHub.State {
    fileprivate mutating func typingChanged(in room: Int64, wake: [Int64]) -> [StreamHub.Waiter] {
        mark.serial += 1
        rooms[room, default: StreamHub.RoomNews()].typing = mark.serial
        return noteSerial(for: wake)
    }
}
