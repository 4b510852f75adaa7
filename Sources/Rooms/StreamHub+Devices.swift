import Synchronization

extension StreamHub {
    /// Announces something that concerns single devices, such as a message to them; call it after the commit.
    package func devicesChanged(_ devices: [(person: Int64, device: String)], position: Int64) {
        let woken = state.withLock { state in
            state.mark.position = max(state.mark.position, position)
            var woken: [Waiter] = []
            for (person, device) in devices {
                state.people[person, default: PersonNews()].devices[device] = position
                for id in state.people[person]?.waiters ?? [] where state.waiters[id]?.device == device {
                    if let waiter = state.take(id) { woken.append(waiter) }
                }
            }
            return woken
        }
        woken.resume(returning: .news)
    }

    /// Announces that somebody's device or cross-signing keys changed; call it after the commit.
    /// - Parameter wake: those who see it: everybody in a room with him, and himself.
    package func keysChanged(position: Int64, wake: [Int64]) {
        let woken = state.withLock { state in
            state.mark.position = max(state.mark.position, position)
            for user in wake { state.people[user, default: PersonNews()].keys = position }
            return state.note(position, for: wake, in: nil)
        }
        woken.resume(returning: .news)
    }

    /// Forgets what was noted of a device that is gone.
    package func forgetDevice(_ device: String, of user: Int64) {
        state.withLock { $0.people[user]?.devices[device] = nil }
    }
}
