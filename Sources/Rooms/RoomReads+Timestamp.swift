import Audit
import Matrix
import Storage

extension RoomsSchema {
    /// Finds events by their time.
    static let eventsByTime = Migration("rooms/0004 events by time", "CREATE INDEX events_time ON events(room, origin_ts)")
}

extension RoomReads {
    /// How many events are looked at for one that the reader does not ignore.
    private static let scanned: Int64 = 500

    /// The event closest to a time, not before it (forwards) or not after it (backwards), of those that the reader may see.
    ///
    /// [Specification](https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1roomsroomidtimestamp_to_event)
    /// - Parameter time: milliseconds since 1970.
    /// - Throws: ``RoomReadError/notVisible``; `M_NOT_FOUND` when there is no such event.
    package func event(
        closestTo time: Int64, _ direction: HistoryPage.Direction, in roomID: RoomID, by requester: Requester
    ) async throws -> (event: EventID, time: Int64) {
        try await look(into: roomID, by: requester, at: 0) { look in
            let ignored = Set(try look.ignored().compactMap { try look.tx.number(of: $0) })
            let (comparison, order) = direction == .forwards ? (">=", "ASC") : ("<=", "DESC")
            let sight = look.sight
            let found = try look.tx.rows(
                """
                SELECT event_id, origin_ts, sender, state_tag IS NOT NULL FROM events
                WHERE room = ? AND origin_ts \(comparison) ? AND \(sight.clause("position"))
                ORDER BY origin_ts \(order), position \(order) LIMIT ?
                """,
                arguments: [.int(look.reading.room), .int(time)] + sight.arguments + [.int(ignored.isEmpty ? 1 : Self.scanned)]
            ).first { try $0.bool(3) || !ignored.contains($0.int(2)) }
            guard let found else {
                throw MatrixError.notFound("no event \(direction == .forwards ? "at or after" : "at or before") that time")
            }
            return (try EventID(parsing: found.text(0)), try found.int(1))
        }
    }
}
