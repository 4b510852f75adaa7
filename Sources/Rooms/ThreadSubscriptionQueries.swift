import Matrix
import Storage

/// The statements of which threads people follow.
enum ThreadSubscriptionQueries {
    /// What was said last of somebody and a thread, and at which position.
    static func subscription(of person: Int64, to root: Int64, _ tx: Transaction) throws -> (ThreadSubscription, Int64)? {
        try tx.first(
            "SELECT subscribed, automatic, position FROM thread_subscriptions WHERE root = ? AND person = ?", .int(root),
            .int(person)
        ).map { (try subscription($0.bool(0), $0.bool(1)), try $0.int(2)) }
    }

    /// Puts a word about somebody and a thread in place of the one before.
    static func put(
        _ subscription: ThreadSubscription, of person: Int64, to root: Int64, in room: Int64, at position: Int64,
        _ tx: Transaction
    ) throws {
        try tx.run(
            """
            INSERT INTO thread_subscriptions(root, person, room, position, subscribed, automatic) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (root, person) DO UPDATE
            SET position = excluded.position, subscribed = excluded.subscribed, automatic = excluded.automatic
            """,
            .int(root), .int(person), .int(room), .int(position), SQLValue(subscription != .unsubscribed),
            SQLValue(subscription == .subscribed(automatic: true)))
    }

    /// What changed of one person with `after < position <= upTo`, the latest first. Rooms that the person forgot, and those
    /// that are being purged, are left out.
    static func changes(
        of person: Int64, after: Int64, upTo: Int64, limit: Int, _ tx: Transaction
    ) throws -> [ThreadSubscriptionChanges.Change] {
        try tx.rows(
            """
            SELECT changes.room, events.event_id, changes.position, changes.subscribed, changes.automatic
            FROM thread_subscriptions AS changes JOIN events ON events.position = changes.root
            JOIN room_info ON room_info.room = changes.room
            LEFT JOIN memberships ON memberships."user" = changes.person AND memberships.room = changes.room
            WHERE changes.person = ? AND changes.position > ? AND changes.position <= ? AND COALESCE(memberships.forgotten, 0) = 0
            ORDER BY changes.position DESC LIMIT ?
            """, .int(person), .int(after), .int(upTo), .int(Int64(limit))
        ).map { row in
            ThreadSubscriptionChanges.Change(
                roomID: try tx.room(row.int(0)), root: try EventID(parsing: row.text(1)), position: try row.int(2),
                subscription: subscription(try row.bool(3), try row.bool(4)))
        }
    }

    private static func subscription(_ isSubscribed: Bool, _ isAutomatic: Bool) -> ThreadSubscription {
        isSubscribed ? .subscribed(automatic: isAutomatic) : .unsubscribed
    }
}
