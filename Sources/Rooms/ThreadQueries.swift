import Matrix
import Storage

/// The statements of which thread an event belongs to.
enum ThreadQueries {
    /// Notes the thread of an event that is being appended, if it is in one: it names the root, or relates to an event that is in
    /// the thread.
    static func place(_ pdu: PDU, in room: Int64, at position: Int64, _ tx: Transaction) throws {
        guard let relation = pdu.content["m.relates_to"], let kind = relation["rel_type"]?.string,
            // A relation to something that is no event ID is no relation.
            let parent = relation["event_id"]?.string, let parent = try? EventID(parsing: parent)
        else { return }
        guard let root = kind == "m.thread" ? parent.rawValue : try root(of: parent, in: room, tx) else { return }
        try tx.run(
            "INSERT INTO event_threads(room, position, root) VALUES (?, ?, ?)", .int(room), .int(position), .text(root))
    }

    /// The root of the thread that an event of a room is in; `nil` for the main timeline.
    static func root(of event: EventID, in room: Int64, _ tx: Transaction) throws -> String? {
        try tx.first(
            """
            SELECT event_threads.root FROM events
            JOIN event_threads ON event_threads.room = events.room AND event_threads.position = events.position
            WHERE events.event_id = ? AND events.room = ?
            """, .text(event.rawValue), .int(room))?.text(0)
    }

    /// The root of the thread that the event at a position is in; `nil` for the main timeline.
    static func root(at position: Int64, in room: Int64, _ tx: Transaction) throws -> String? {
        try tx.first("SELECT root FROM event_threads WHERE room = ? AND position = ?", .int(room), .int(position))?.text(0)
    }
}
