import Storage

/// The statements that count what is unread.
enum UnreadQueries {
    /// What happened in a stretch of the main timeline.
    struct Talk {
        /// The reader's own last event, member events aside.
        let own: Int64?
        /// The events of others that notify everybody.
        let notifying: Int
        /// Whether there were redactions.
        let takesBack: Bool
        /// Whether the reader's own membership changed.
        let moves: Bool
    }

    static func talk(_ room: Int64, _ user: Int64, after: Int64, upTo: Int64, _ tx: Transaction) throws -> Talk {
        let row = try tx.first(
            """
            SELECT MAX(CASE WHEN sender = ? AND type <> 'm.room.member' THEN position END),
                COALESCE(SUM(CASE WHEN notifies = 1 AND sender <> ? THEN 1 ELSE 0 END), 0),
                COALESCE(SUM(CASE WHEN type = 'm.room.redaction' THEN 1 ELSE 0 END), 0),
                COALESCE(SUM(CASE WHEN type = 'm.room.member' AND sender = ? THEN 1 ELSE 0 END), 0)
            FROM events WHERE room = ? AND position > ? AND position <= ? AND NOT EXISTS (
                SELECT 1 FROM event_threads WHERE event_threads.room = events.room AND event_threads.position = events.position)
            """,
            .int(user), .int(user), .int(user), .int(room), .int(after), .int(upTo))
        guard let row else { return Talk(own: nil, notifying: 0, takesBack: false, moves: false) }
        return try Talk(
            own: row.optionalInt(0), notifying: Int(row.int(1)), takesBack: row.int(2) > 0, moves: row.int(3) > 0)
    }

    /// What events of a stretch of the main timeline are to a reader besides what `events.notifies` says.
    static func attention(
        _ room: Int64, _ user: Int64, after: Int64, upTo: Int64, withEverybodys: Bool, _ tx: Transaction
    ) throws -> (notifications: Int, highlights: Int) {
        let row = try tx.first(
            """
            SELECT COALESCE(SUM(notifies), 0), COALESCE(SUM(highlights), 0) FROM attention
            WHERE room = ? AND "user" IN (?, ?) AND position > ? AND position <= ? AND NOT EXISTS (
                SELECT 1 FROM event_threads
                WHERE event_threads.room = attention.room AND event_threads.position = attention.position)
            """,
            .int(room), .int(user), .int(withEverybodys ? Attention.everybody : user), .int(after), .int(upTo))
        return (Int(try row?.int(0) ?? 0), Int(try row?.int(1) ?? 0))
    }

    /// An event in a thread.
    struct Reply {
        let position: Int64
        let root: String
        /// Whether the reader sent it.
        let isOwn: Bool
        /// 1 if it notifies everybody.
        let notifies: Int
        /// 1 if it is highlighted for everybody.
        let everybodysHighlights: Int
        /// The difference for the reader.
        let own: (notifies: Int, highlights: Int)
    }

    static func replies(_ room: Int64, _ user: Int64, after: Int64, upTo: Int64, _ tx: Transaction) throws -> [Reply] {
        try tx.rows(
            """
            SELECT event_threads.position, event_threads.root, events.sender, events.notifies,
                COALESCE(everybody.highlights, 0), COALESCE(own.notifies, 0), COALESCE(own.highlights, 0)
            FROM event_threads JOIN events ON events.position = event_threads.position
            LEFT JOIN attention AS everybody ON everybody.room = event_threads.room
                AND everybody."user" = \(Attention.everybody) AND everybody.position = event_threads.position
            LEFT JOIN attention AS own ON own.room = event_threads.room
                AND own."user" = ? AND own.position = event_threads.position
            WHERE event_threads.room = ? AND event_threads.position > ? AND event_threads.position <= ?
            ORDER BY event_threads.position
            """, .int(user), .int(room), .int(after), .int(upTo)
        ).map { row in
            try Reply(
                position: row.int(0), root: row.text(1), isOwn: row.int(2) == user, notifies: Int(row.int(3)),
                everybodysHighlights: Int(row.int(4)), own: (Int(row.int(5)), Int(row.int(6))))
        }
    }
}
