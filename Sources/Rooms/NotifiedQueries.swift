import Matrix
import Storage

/// An event that notified somebody.
package struct Notified: Sendable, Equatable {
    /// Its room.
    package let room: Int64
    /// Its place.
    package let position: Int64
    /// Whether it is highlighted.
    package let highlights: Bool
    /// The root of its thread; `nil` for the main timeline.
    package let thread: String?
}

/// Which events notified somebody.
package enum NotifiedQueries {
    /// The events of a room with `after < position <= upTo` that notified a person, at most `limit`, from the end that
    /// `newestFirst` names. Nothing from before the person came in is among them but the invitations.
    package static func events(
        of person: Int64, in room: Int64, after: Int64, upTo: Int64, limit: Int, newestFirst: Bool, onlyHighlights: Bool = false,
        _ tx: Transaction
    ) throws -> [Notified] {
        let arrival =
            try MembershipQueries.membership(person, room, tx)?.membership == .join
            ? MembershipQueries.arrival(of: person, in: room, upTo: upTo, tx) : upTo
        let standing = try ReaderStanding(room, person, tx)
        var segments = standing.segments(after: max(after, arrival), upTo: upTo)
        if after < arrival { segments.insert((after, min(arrival, upTo), true), at: 0) }
        if newestFirst { segments.reverse() }
        var found: [Notified] = []
        for segment in segments where found.count < limit && segment.upTo > segment.after {
            let (statement, highlights) =
                segment.isSilent ? (named, "own.highlights") : onlyHighlights ? (highlighted, highlight) : (all, highlight)
            let rows = try tx.rows(
                """
                SELECT events.position, \(highlights), event_threads.root FROM \(statement)
                AND events.sender <> ? \(onlyHighlights ? "AND \(highlights) > 0" : "")
                ORDER BY events.position \(newestFirst ? "DESC" : "ASC") LIMIT ?
                """,
                .int(person), .int(room), .int(segment.after), .int(segment.upTo), .int(person), .int(limit - found.count))
            found += try rows.map {
                try Notified(room: room, position: $0.int(0), highlights: $0.int(1) > 0, thread: $0.optionalText(2))
            }
        }
        return found
    }

    private static let highlight = "COALESCE(everybody.highlights, 0) + COALESCE(own.highlights, 0)"

    private static let thread =
        "LEFT JOIN event_threads ON event_threads.room = events.room AND event_threads.position = events.position"
    private static let everybody = """
        LEFT JOIN attention AS everybody ON everybody.room = events.room AND everybody."user" = \(Attention.everybody)
            AND everybody.position = events.position
        """

    /// What notified where the shared verdict counts.
    private static let all = """
        events LEFT JOIN attention AS own ON own.room = events.room AND own."user" = ? AND own.position = events.position
        \(everybody) \(thread)
        WHERE events.room = ? AND events.position > ? AND events.position <= ? AND events.notifies + COALESCE(own.notifies, 0) > 0
        """

    /// What is highlighted there: without looking at all the rest.
    private static let highlighted = """
        (SELECT ? AS "user") AS reader JOIN attention AS marked ON marked."user" IN (\(Attention.everybody), reader."user")
        JOIN events ON events.position = marked.position
        LEFT JOIN attention AS own ON own.room = events.room AND own."user" = reader."user" AND own.position = events.position
        \(everybody) \(thread)
        WHERE marked.room = ? AND marked.position > ? AND marked.position <= ? AND marked.highlights > 0
        """

    /// What notified where only `attention` says so.
    private static let named = """
        attention AS own JOIN events ON events.position = own.position \(thread)
        WHERE own."user" = ? AND own.room = ? AND own.position > ? AND own.position <= ? AND own.notifies > 0
        """
}
