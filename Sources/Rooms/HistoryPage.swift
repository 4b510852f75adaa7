import Matrix
import Storage

/// A stretch of visible history in one direction, for `/messages` and `/context`.
package struct HistoryPage: Sendable {
    /// The direction of reading.
    package enum Direction: String, Sendable { case backwards = "b", forwards = "f" }

    /// The events, in the direction of reading.
    package let events: [StoredEvent]
    /// The boundary after which reading goes on; `nil` when there is nothing more to see in this direction.
    package let end: Int64?

    /// How many events one request looks through at most; a filter that matches nothing then answers an empty chunk with an `end`.
    private static let scanLimit = 2_000
    private static let batch = 100

    /// Reads on from a boundary. A boundary `p` lies after the event at position `p` and before the next.
    ///
    /// `from` is the boundary to start at and `to` the one to stop at; `nil` is the end of the visible history.
    package static func read(
        _ reading: RoomReading, from: Int64?, to: Int64? = nil, _ direction: Direction, limit: Int, cache: EventCache,
        _ tx: Transaction, where matches: (StoredEvent) throws -> Bool
    ) throws -> HistoryPage {
        let newest = try reading.end ?? tx.position()
        // Both ends as an open-closed stretch (low, high] of positions.
        var low: Int64
        var high: Int64
        switch direction {
        case .backwards: (low, high) = (max(0, to ?? 0), min(from ?? newest, newest))
        case .forwards: (low, high) = (max(0, from ?? 0), min(to ?? newest, newest))
        }
        var events: [StoredEvent] = []
        var scanned = 0
        var reached: Int64?
        var exhausted = limit <= 0 ? low >= high : false
        scan: while events.count < limit, scanned < scanLimit {
            let size = min(max(limit - events.count, 10), batch)
            let found = try Timeline.events(
                in: reading.room, after: low, upTo: high, limit: size, newestFirst: direction == .backwards, cache: cache, tx)
            for event in found {
                scanned += 1
                reached = boundary(past: event, direction)
                if reading.history.maySee(event.position), try matches(event) { events.append(event) }
                if events.count == limit { break scan }
            }
            guard found.count == size, let reached else {
                exhausted = true
                break
            }
            if direction == .backwards { high = reached } else { low = reached }
        }
        if exhausted { return HistoryPage(events: events, end: nil) }
        guard let reached else { return HistoryPage(events: events, end: direction == .backwards ? high : low) }
        let more = try anythingVisible(reading, past: reached, direction, low: low, high: high, cache: cache, tx)
        return HistoryPage(events: events, end: more ? reached : nil)
    }

    private static func boundary(past event: StoredEvent, _ direction: Direction) -> Int64 {
        direction == .backwards ? event.position - 1 : event.position
    }

    /// Whether reading on could show something: looks a little ahead, and says yes when the look does not decide it.
    private static func anythingVisible(
        _ reading: RoomReading, past boundary: Int64, _ direction: Direction, low: Int64, high: Int64, cache: EventCache,
        _ tx: Transaction
    ) throws -> Bool {
        let ahead = direction == .backwards ? (low, boundary) : (boundary, high)
        let rows = try tx.rows(
            """
            SELECT position FROM events WHERE room = ? AND position > ? AND position <= ?
            ORDER BY position \(direction == .backwards ? "DESC" : "ASC") LIMIT ?
            """,
            .int(reading.room), .int(ahead.0), .int(ahead.1), .int(Int64(batch)))
        return try rows.count == batch || rows.contains { try reading.history.maySee($0.int(0)) }
    }
}
