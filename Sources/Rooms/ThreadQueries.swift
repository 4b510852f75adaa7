import Storage

/// The statements of which thread an event belongs to.
enum ThreadQueries {
    /// Puts an event into the thread of a root.
    static func place(_ position: Int64, in room: Int64, _ root: String, _ tx: Transaction) throws {
        try tx.run(
            "INSERT INTO event_threads(room, position, root) VALUES (?, ?, ?)", .int(room), .int(position), .text(root))
    }

    /// The root of the thread that the event at a position is in; `nil` for the main timeline.
    static func root(at position: Int64, in room: Int64, _ tx: Transaction) throws -> String? {
        try tx.first("SELECT root FROM event_threads WHERE room = ? AND position = ?", .int(room), .int(position))?.text(0)
    }
}
