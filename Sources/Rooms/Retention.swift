import Audit
import Matrix
import Storage

/// How long rooms keep what is said in them: the room's own wish (`m.room.retention`) within the operator's bounds.
/// Times are milliseconds.
package struct RetentionPolicy: Sendable, Equatable {
    /// What holds for rooms that say nothing; nil is for ever.
    package let usual: Int64?
    /// No room keeps less than this, even if it wants to.
    package let least: Int64?
    /// No room keeps more than this, whatever it says.
    package let most: Int64?

    /// Bounds; nil is none.
    package init(usual: Int64? = nil, least: Int64? = nil, most: Int64? = nil) {
        self.usual = usual
        self.least = least
        self.most = most
    }

    /// Whether there is anything to do in rooms that say nothing.
    var holdsEverywhere: Bool { usual != nil || most != nil }

    /// How long a room with this `m.room.retention` keeps its messages; nil is for ever.
    ///
    /// A `max_lifetime` that is no positive number of milliseconds counts as absent.
    package func lifetime(_ content: JSON?) -> Int64? {
        let wish = content?["max_lifetime"]?.int.flatMap { $0 > 0 ? $0 : nil }
        let own = content?["min_lifetime"]?.int ?? 0
        guard let wanted = wish.map({ max($0, own) }) ?? usual else { return most }
        return min(max(wanted, least ?? 0), most ?? .max)
    }
}

extension RoomActions {
    /// Deletes what a room has kept too long, at most a few hundred events; state stays.
    /// - Returns: whether there is more.
    func expire(_ room: Int64, _ policy: RetentionPolicy, at now: Int64) async throws -> Bool {
        guard
            let lifetime = try await store.read({ [cache] tx in
                policy.lifetime(try StateQueries.current(room, "m.room.retention", "", cache: cache, tx)?.content)
            }), lifetime < now, try await store.read({ tx in try RetentionQueries.isDue(room, before: now - lifetime, tx) })
        else { return false }
        return try await store.write { [self] tx in
            guard try !HoldQueries.isHeld(room, tx), try !PurgeQueries.isPurged(room, tx) else { return false }
            let batch = try RetentionQueries.batch(room, before: now - lifetime, tx)
            guard !batch.seen.isEmpty else { return false }
            var gone: [Int64] = []
            for position in batch.expired {
                if position != batch.newest {
                    try tx.forget(event: position)
                } else if try !prune(position, in: room, tx) {
                    continue
                }
                gone.append(position)
            }
            try RetentionQueries.mark(room, upTo: batch.seen.last { $0 != batch.newest }, tx)
            if !gone.isEmpty {
                try AuditLog.append(
                    AuditEntry(
                        code: .roomExpire, by: .server, room: try tx.room(room), reason: "\(gone.count) events", time: now), tx)
                tx.emptyLogLater()
            }
            let (cache, positions) = (cache, gone)
            tx.afterCommit { for position in positions { cache.forget(position) } }
            return batch.seen.count == RetentionQueries.atOnce
        }
    }

    /// The newest event stays, since the next one follows it; its content goes. Whether there was any.
    private func prune(_ position: Int64, in room: Int64, _ tx: Transaction) throws -> Bool {
        guard let state = try RoomState.load(tx.room(room), tx), let id = state.latest,
            let found = try EventQueries.find(id, in: room, state.version, tx), !found.isRedacted
        else { return false }
        try EventQueries.redact(found.pdu.redacted(version: state.version), at: position, room: room, by: position, tx)
        return true
    }
}

/// The statements of retention.
enum RetentionQueries {
    /// Events looked at in one transaction.
    static let atOnce = 500

    /// The next events of a room from the oldest on, as far as they are too old.
    struct Batch: Sendable {
        var seen: [Int64] = []
        /// Those of them that are no state.
        var expired: [Int64] = []
        /// The room's last event.
        var newest: Int64 = 0
    }

    /// Whether the next event is too old: the cheap look.
    static func isDue(_ room: Int64, before cutoff: Int64, _ tx: Transaction) throws -> Bool {
        let next = try tx.rows(
            """
            SELECT origin_ts, state_tag IS NULL AND redacted_by IS NULL FROM events
            WHERE room = ? AND position > ? ORDER BY position LIMIT 2
            """, .int(room), .int(try upTo(room, tx)))
        guard let first = next.first, try first.int(0) < cutoff else { return false }
        // The last event stays; once it has no content there is nothing to do until the next one comes.
        return try next.count > 1 || first.bool(1)
    }

    static func batch(_ room: Int64, before cutoff: Int64, _ tx: Transaction) throws -> Batch {
        var batch = Batch()
        batch.newest = try Timeline.last(in: room, upTo: .max, tx) ?? 0
        let rows = try tx.rows(
            "SELECT position, state_tag IS NULL, origin_ts FROM events WHERE room = ? AND position > ? ORDER BY position LIMIT ?",
            .int(room), .int(try upTo(room, tx)), .int(Int64(atOnce)))
        for row in rows {
            guard try row.int(2) < cutoff else { break }
            batch.seen.append(try row.int(0))
            if try row.bool(1) { batch.expired.append(try row.int(0)) }
        }
        return batch
    }

    /// Notes that everything up to a position was dealt with.
    static func mark(_ room: Int64, upTo position: Int64?, _ tx: Transaction) throws {
        guard let position else { return }
        try tx.run(
            "INSERT INTO retention_marks(room, up_to) VALUES (?, ?) ON CONFLICT (room) DO UPDATE SET up_to = excluded.up_to",
            .int(room), .int(position))
    }

    /// The next rooms in which something may be kept too long under a policy: all, or those that have a rule of their own.
    static func rooms(after room: Int64, _ policy: RetentionPolicy, limit: Int, _ tx: Transaction) throws -> [Int64] {
        let rule = """
            AND EXISTS (
                SELECT 1 FROM current_state
                WHERE current_state.room = room_info.room AND current_state.type = 'm.room.retention')
            """
        return try tx.rows(
            "SELECT room FROM room_info WHERE room > ? \(policy.holdsEverywhere ? "" : rule) ORDER BY room LIMIT ?", .int(room),
            .int(Int64(limit))
        ).map { try $0.int(0) }
    }

    private static func upTo(_ room: Int64, _ tx: Transaction) throws -> Int64 {
        try tx.first("SELECT up_to FROM retention_marks WHERE room = ?", .int(room))?.int(0) ?? 0
    }
}
