import Matrix
import Storage
import Synchronization

/// How much somebody has not read in a room or thread yet.
package struct UnreadCount: Sendable, Equatable {
    /// Events by others that notify.
    package var notifications: Int
    /// Those of them that are highlighted.
    package var highlights: Int

    /// A count.
    package init(notifications: Int, highlights: Int) {
        self.notifications = notifications
        self.highlights = highlights
    }

    /// Nothing is unread.
    package static let none = UnreadCount(notifications: 0, highlights: 0)
}

/// Counts what is unread, thread by thread, and remembers the counts so that the next one only looks at what came since.
///
/// An event is unread when it notifies its reader and lies after all of: the reader's unthreaded receipts, the receipts for its
/// thread, public or private; the reader's own last event in its thread; the moment at which the reader came into the room.
///
/// [Specification](https://spec.matrix.org/v1.19/client-server-api/#receiving-notifications)
package final class UnreadCounts: Sendable {
    private struct Key: Hashable {
        let room: Int64
        let user: Int64
    }

    /// The name of the main timeline among the threads.
    package static let main = "main"

    private let known = Mutex<[Key: Known]>([:])
    private let capacity: Int

    /// Remembers about `capacity` counts.
    package init(capacity: Int = 100_000) { self.capacity = capacity }

    /// The count for a reader in a room, all threads together, over the events up to `upTo`. For read transactions: what it sees
    /// must be committed.
    package func count(room: Int64, user: Int64, upTo: Int64, _ tx: Transaction) throws -> UnreadCount {
        try byThread(room: room, user: user, upTo: upTo, tx).values.reduce(into: .none) { sum, count in
            sum.notifications += count.notifications
            sum.highlights += count.highlights
        }
    }

    /// The counts for a reader in a room by thread: ``main`` and the event IDs of roots. Threads without any are left out.
    package func byThread(room: Int64, user: Int64, upTo: Int64, _ tx: Transaction) throws -> [String: UnreadCount] {
        let key = Key(room: room, user: user)
        let standing = try ReaderStanding(room, user, tx)
        if let before = known.withLock({ $0[key] }), before.receipts == standing.receipts, before.countedUpTo <= upTo {
            if before.countedUpTo == upTo { return before.counts }
            if let result = try before.continued(key.room, key.user, upTo: upTo, standing, tx) {
                remember(result, key)
                return result.counts
            }
        }
        let start = try max(
            standing.receipts[""] ?? 0, MembershipQueries.arrival(of: user, in: room, upTo: upTo, tx))
        let result = try Known(receipts: standing.receipts, countedUpTo: start)
            .counting(room, user, upTo: max(upTo, start), standing, tx)
        remember(result.known, key)
        return result.known.counts
    }

    private func remember(_ value: Known, _ key: Key) {
        known.withLock { held in
            if held.count >= capacity, held[key] == nil { held.removeAll(keepingCapacity: true) }
            if let before = held[key], before.countedUpTo > value.countedUpTo { return }
            held[key] = value
        }
    }
}

/// What was counted up to some position.
private struct Known: Sendable {
    /// How far the reader had read, by thread.
    let receipts: [String: Int64]
    /// Everything up to here has been counted.
    var countedUpTo: Int64
    /// What is unread, by thread; nothing is left out as zero.
    var counts: [String: UnreadCount] = [:]

    /// These counts and what came since; `nil` when something came that changes what was counted before.
    func continued(_ room: Int64, _ user: Int64, upTo: Int64, _ standing: ReaderStanding, _ tx: Transaction) throws -> Known? {
        guard receipts[UnreadCounts.main] ?? 0 <= countedUpTo else { return nil }
        let (known, changesEarlier) = try counting(room, user, upTo: upTo, standing, tx)
        return changesEarlier ? nil : known
    }

    /// Adds the events up to a position.
    /// - Returns: the sum, and whether something among the events changes what was counted before.
    func counting(
        _ room: Int64, _ user: Int64, upTo: Int64, _ standing: ReaderStanding, _ tx: Transaction
    ) throws -> (known: Known, changesEarlier: Bool) {
        var sum = self
        var changesEarlier = false
        for segment in standing.segments(after: countedUpTo, upTo: upTo) {
            let after = max(segment.after, receipts[UnreadCounts.main] ?? 0)
            guard after < segment.upTo else { continue }
            var talk = try UnreadQueries.talk(room, user, after: after, upTo: segment.upTo, tx)
            if talk.moves || talk.takesBack && !counts.isEmpty { changesEarlier = true }
            var start = after
            if let own = talk.own {
                sum.counts[UnreadCounts.main] = nil
                start = own
                talk = try UnreadQueries.talk(room, user, after: own, upTo: segment.upTo, tx)
            }
            let attention = try UnreadQueries.attention(
                room, user, after: start, upTo: segment.upTo, withEverybodys: !segment.isSilent, tx)
            sum.add(
                (segment.isSilent ? 0 : talk.notifying) + attention.notifications, attention.highlights, to: UnreadCounts.main)
        }
        for reply in try UnreadQueries.replies(room, user, after: countedUpTo, upTo: upTo, tx) {
            if reply.isOwn {
                sum.counts[reply.root] = nil
            } else if reply.position > receipts[reply.root] ?? 0 {
                let isSilent = standing.isSilent(at: reply.position)
                sum.add(
                    (isSilent ? 0 : reply.notifies) + reply.own.notifies,
                    (isSilent ? 0 : reply.everybodysHighlights) + reply.own.highlights, to: reply.root)
            }
        }
        sum.countedUpTo = upTo
        return (sum, changesEarlier)
    }

    private mutating func add(_ notifications: Int, _ highlights: Int, to thread: String) {
        guard notifications != 0 || highlights != 0 else { return }
        counts[thread, default: .none].notifications += notifications
        counts[thread, default: .none].highlights += highlights
        if counts[thread] == UnreadCount.none { counts[thread] = nil }
    }
}
