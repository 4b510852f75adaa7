import Synchronization

/// Who is typing where; in memory only, and forgotten by itself.
///
/// Times are milliseconds, given by the caller, who also tells the hub when a call says that something changed.
///
/// [Specification](https://spec.matrix.org/v1.16/client-server-api/#typing-notifications)
package final class Typing: Sendable {
    /// The longest time one request may ask for.
    package static let longestTimeout: Int64 = 120_000
    /// What is taken when a request says no time.
    package static let usualTimeout: Int64 = 30_000
    /// How many rooms one call of ``expire(now:)`` ends at most; the rest is ended by the next.
    private static let roomsPerTick = 1_000

    private struct Rooms {
        /// Room number to user number to the time at which the typing ends; rooms without a typist are not kept.
        var typists: [Int64: [Int64: Int64]] = [:]
        /// Nothing ends before this time.
        var soonest = Int64.max
    }

    private let rooms = Mutex(Rooms())

    /// Nobody types yet.
    package init() {}

    /// Somebody types until `now + timeout`; returns whether the list of the room changed.
    package func start(_ user: Int64, in room: Int64, timeout: Int64, now: Int64) -> Bool {
        let until = now + min(max(timeout, 0), Self.longestTimeout)
        return rooms.withLock { held in
            held.soonest = min(held.soonest, until)
            return held.typists[room, default: [:]].updateValue(until, forKey: user) == nil
        }
    }

    /// Somebody stopped typing, or left; returns whether the list of the room changed.
    package func stop(_ user: Int64, in room: Int64) -> Bool {
        rooms.withLock { held in
            guard held.typists[room]?.removeValue(forKey: user) != nil else { return false }
            if held.typists[room]?.isEmpty == true { held.typists[room] = nil }
            return true
        }
    }

    /// Who types in a room, in order of number.
    package func typists(in room: Int64) -> [Int64] {
        rooms.withLock { ($0.typists[room]?.keys).map { $0.sorted() } ?? [] }
    }

    /// Ends what timed out; returns the rooms whose list changed. Costs nothing until something is due, and is bounded then.
    package func expire(now: Int64) -> [Int64] {
        rooms.withLock { held in
            guard held.soonest <= now else { return [] }
            var ended: [Int64] = []
            var soonest = Int64.max
            for (room, typists) in held.typists {
                let next = typists.values.min() ?? .max
                if next <= now, ended.count < Self.roomsPerTick {
                    ended.append(room)
                } else {
                    soonest = min(soonest, next)
                }
            }
            for room in ended {
                let still = held.typists[room]?.filter { $0.value > now } ?? [:]
                held.typists[room] = still.isEmpty ? nil : still
                soonest = min(soonest, still.values.min() ?? .max)
            }
            held.soonest = soonest
            return ended
        }
    }
}
