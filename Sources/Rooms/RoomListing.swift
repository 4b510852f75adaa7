import Matrix
import Storage

/// What an operator sees of a room: that it is there, not what is in it.
package struct RoomEntry: Sendable, Equatable {
    /// The room's number, from which the next page goes on.
    package let number: Int64
    /// The room.
    package let roomID: RoomID
    /// Its version.
    package let version: String
    /// How many people are joined.
    package let members: Int
    /// Milliseconds since 1970.
    package let createdAt: Int64
    /// Whether it stands in the directory.
    package let isPublished: Bool
    /// Whether it is under legal hold.
    package let isHeld: Bool
    /// Whether it is being purged.
    package let isPurged: Bool
}

extension RoomActions {
    /// The rooms by number, a page at a time; pass the last number of a page to get the next.
    package func list(after number: Int64 = 0, limit: Int = 1_000) async throws -> [RoomEntry] {
        try await store.read { tx in
            try tx.rows(
                """
                SELECT i.room, i.version, i.created_at, i.published,
                    (SELECT count(*) FROM memberships m WHERE m.room = i.room AND m.membership = 'join'),
                    EXISTS (SELECT 1 FROM room_holds h WHERE h.room = i.room),
                    EXISTS (SELECT 1 FROM room_purges p WHERE p.room = i.room)
                FROM room_info i WHERE i.room > ? ORDER BY i.room LIMIT ?
                """, .int(number), .int(Int64(limit))
            ).map { row in
                RoomEntry(
                    number: try row.int(0), roomID: try tx.room(row.int(0)), version: try row.text(1),
                    members: Int(try row.int(4)), createdAt: try row.int(2), isPublished: try row.bool(3),
                    isHeld: try row.bool(5), isPurged: try row.bool(6))
            }
        }
    }
}
