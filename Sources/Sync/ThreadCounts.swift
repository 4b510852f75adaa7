import Matrix
import Rooms
import Storage
import Synchronization

/// Counts what is unread thread by thread, for clients that ask for it, and remembers the counts so that the next one only
/// looks at what came since.
///
/// In each thread unread is what came after the reader's last receipt for it, after the last unthreaded receipt and after the
/// reader's own last event there; nothing from before the reader joined is unread.
///
/// [Specification](https://spec.matrix.org/v1.16/client-server-api/#receiving-notifications)
final class ThreadCounts: Sendable {
    private struct Key: Hashable {
        let room: Int64
        let user: Int64
    }

    private struct Known {
        /// How far the reader has read, by thread: the position of the event of the receipt.
        let receipts: [String: Int64]
        var countedUpTo: Int64
        var counts: [String: UnreadCount] = [:]
    }

    /// Stands for the main timeline.
    static let main = "main"
    private static let unthreaded = ""
    private static let capacity = 20_000
    /// Of more unread events than this only the newest are counted.
    private static let mostEvents: Int64 = 1_000

    private let known = Mutex<[Key: Known]>([:])

    /// The counts of a reader in a room by thread, over the events up to `upTo`; threads without any are left out.
    func counts(
        room: Int64, user: Int64, upTo: Int64, cache: EventCache, _ tx: Transaction
    ) throws -> [String: UnreadCount] {
        let key = Key(room: room, user: user)
        let receipts = try receipts(room, user, tx)
        var result = Known(receipts: receipts, countedUpTo: receipts[Self.unthreaded] ?? 0)
        if let before = known.withLock({ $0[key] }), before.receipts == receipts, before.countedUpTo <= upTo {
            result = before
        } else {
            result.countedUpTo = max(result.countedUpTo, try arrival(room, user, upTo: upTo, tx))
        }
        if result.countedUpTo < upTo {
            let isFresh = result.counts.isEmpty
            // A redaction may have taken back what was counted before.
            if try !count(&result, room, user, upTo: upTo, recounts: !isFresh, cache: cache, tx) {
                result = Known(
                    receipts: receipts, countedUpTo: max(receipts[Self.unthreaded] ?? 0, try arrival(room, user, upTo: upTo, tx)))
                _ = try count(&result, room, user, upTo: upTo, recounts: false, cache: cache, tx)
            }
            let counted = result
            known.withLock { held in
                if held.count >= Self.capacity, held[key] == nil { held.removeAll() }
                held[key] = counted
            }
        }
        return result.counts.filter { $0.value.notifications > 0 || $0.value.highlights > 0 }
    }

    /// Adds the events up to a position; says no, and has added nothing useful, when one of them is a redaction that matters.
    private func count(
        _ known: inout Known, _ room: Int64, _ user: Int64, upTo: Int64, recounts: Bool, cache: EventCache, _ tx: Transaction
    ) throws -> Bool {
        let rows = try tx.rows(
            """
            SELECT position, sender, type FROM events
            WHERE room = ? AND position > ? AND position <= ? AND (notifies = 1 OR sender = ? OR type = 'm.room.redaction')
            ORDER BY position DESC LIMIT ?
            """, .int(room), .int(known.countedUpTo), .int(upTo), .int(user), .int(Self.mostEvents))
        let mentions = try Set(
            tx.rows(
                #"SELECT position FROM mentions WHERE room = ? AND "user" = ? AND position > ? AND position <= ?"#,
                .int(room), .int(user), .int(known.countedUpTo), .int(upTo)
            ).map { try $0.int(0) })
        for row in rows.reversed() {
            let position = try row.int(0)
            if try row.text(2) == "m.room.redaction" {
                if recounts { return false }
                continue
            }
            guard let event = try Timeline.event(at: position, cache: cache, tx) else { continue }
            let thread = try ThreadPlace(of: event, cache: cache, tx).root?.rawValue ?? Self.main
            if try row.int(1) == user {
                known.counts[thread] = nil
            } else if position > known.receipts[thread] ?? 0 {
                var count = known.counts[thread] ?? UnreadCount(notifications: 0, highlights: 0)
                count.notifications += 1
                if mentions.contains(position) { count.highlights += 1 }
                known.counts[thread] = count
            }
        }
        known.countedUpTo = upTo
        return true
    }

    private func receipts(_ room: Int64, _ user: Int64, _ tx: Transaction) throws -> [String: Int64] {
        var furthest: [String: Int64] = [:]
        for row in try tx.rows(
            #"SELECT thread, event_position FROM receipts WHERE room = ? AND "user" = ?"#, .int(room), .int(user))
        {
            furthest[try row.text(0)] = max(furthest[try row.text(0)] ?? 0, try row.int(1))
        }
        return furthest
    }

    /// The position at which the reader came into the room the last time.
    private func arrival(_ room: Int64, _ user: Int64, upTo: Int64, _ tx: Transaction) throws -> Int64 {
        var arrival: Int64 = 0
        var wasJoined = false
        for row in try tx.rows(
            #"SELECT position, membership FROM membership_changes WHERE room = ? AND "user" = ? AND position <= ? ORDER BY position"#,
            .int(room), .int(user), .int(upTo))
        {
            let isJoined = try row.text(1) == Membership.join.rawValue
            if isJoined, !wasJoined { arrival = try row.int(0) }
            wasJoined = isJoined
        }
        return arrival
    }
}
