import Storage
import Synchronization

/// How much somebody has not read in a room yet.
package struct UnreadCount: Sendable, Equatable {
    /// Events by others that notify.
    package var notifications: Int
    /// Those of them that mention the reader.
    package var highlights: Int

    /// A count.
    package init(notifications: Int, highlights: Int) {
        self.notifications = notifications
        self.highlights = highlights
    }
}

/// Counts what is unread, and remembers the counts so that the next one only looks at what came since.
///
/// Unread is what came after the reader's last read receipt, public or private, threaded or not, and after the reader's own
/// last event, whichever is later.
package final class UnreadCounts: Sendable {
    private struct Key: Hashable {
        let room: Int64
        let user: Int64
    }

    private struct Known {
        /// Everything up to here has been read.
        var readUpTo: Int64
        /// Everything up to here has been counted.
        var countedUpTo: Int64
        var count = UnreadCount(notifications: 0, highlights: 0)

        init(readUpTo: Int64) {
            self.readUpTo = readUpTo
            countedUpTo = readUpTo
        }
    }

    private let known = Mutex<[Key: Known]>([:])
    private let capacity: Int

    /// Remembers about `capacity` counts.
    package init(capacity: Int = 100_000) { self.capacity = capacity }

    /// The count for a reader in a room, over the events up to `upTo`. For read transactions: what it sees must be committed.
    package func count(room: Int64, user: Int64, upTo: Int64, _ tx: Transaction) throws -> UnreadCount {
        let key = Key(room: room, user: user)
        let receipt = try ReceiptQueries.readUpTo(room, user, tx)
        var result = Known(readUpTo: receipt)
        if let before = known.withLock({ $0[key] }), before.readUpTo >= receipt, before.countedUpTo <= upTo { result = before }
        guard result.countedUpTo < upTo else { return result.count }
        var talk = try Self.talk(room, user, after: result.countedUpTo, upTo: upTo, tx)
        if let own = talk.own {
            result = Known(readUpTo: own)
            talk = try Self.talk(room, user, after: own, upTo: upTo, tx)
        } else if talk.redactions > 0, result.countedUpTo > result.readUpTo {
            // A redaction may have taken back what was counted before.
            result = Known(readUpTo: result.readUpTo)
            talk = try Self.talk(room, user, after: result.readUpTo, upTo: upTo, tx)
        }
        if talk.notifying > 0 {
            result.count.notifications += talk.notifying
            result.count.highlights += try Self.mentions(room, user, after: result.countedUpTo, upTo: upTo, tx)
        }
        result.countedUpTo = upTo
        remember(result, key)
        return result.count
    }

    private func remember(_ value: Known, _ key: Key) {
        known.withLock { held in
            if held.count >= capacity, held[key] == nil { held.removeAll(keepingCapacity: true) }
            if let before = held[key], before.countedUpTo > value.countedUpTo { return }
            held[key] = value
        }
    }

    /// What happened in a stretch: the reader's own last event, the redactions, and the events of others that notify.
    private struct Talk {
        let own: Int64?
        let redactions: Int
        let notifying: Int
    }

    private static func talk(_ room: Int64, _ user: Int64, after: Int64, upTo: Int64, _ tx: Transaction) throws -> Talk {
        let row = try tx.first(
            """
            SELECT MAX(CASE WHEN sender = ? THEN position END),
                COALESCE(SUM(CASE WHEN type = 'm.room.redaction' THEN 1 ELSE 0 END), 0),
                COALESCE(SUM(CASE WHEN notifies = 1 AND sender <> ? THEN 1 ELSE 0 END), 0)
            FROM events WHERE room = ? AND position > ? AND position <= ?
            """,
            .int(user), .int(user), .int(room), .int(after), .int(upTo))
        guard let row else { return Talk(own: nil, redactions: 0, notifying: 0) }
        return Talk(own: try row.optionalInt(0), redactions: Int(try row.int(1)), notifying: Int(try row.int(2)))
    }

    private static func mentions(
        _ room: Int64, _ user: Int64, after: Int64, upTo: Int64, _ tx: Transaction
    ) throws -> Int {
        let row = try tx.first(
            "SELECT COUNT(*) FROM mentions WHERE room = ? AND \"user\" = ? AND position > ? AND position <= ?",
            .int(room), .int(user), .int(after), .int(upTo))
        return Int(try row?.int(0) ?? 0)
    }
}
