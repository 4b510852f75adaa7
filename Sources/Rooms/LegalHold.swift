import Audit
import Matrix
import Storage

/// Keeping a room as it is, whatever retention, a purge or its people would take away.
///
/// What is redacted while a room is held disappears for everybody as always, and is kept aside, sealed with the room's key.
extension RoomActions {
    /// Holds a room. A room that is held already keeps its first reason.
    /// - Throws: `M_NOT_FOUND`, `M_FORBIDDEN` for a room that is being purged.
    package func hold(_ roomID: RoomID, reason: String, by actor: AuditEntry.Actor, at now: Int64) async throws {
        guard reason.utf8.count <= 1_024 else { throw MatrixError.invalidParam("the reason is longer than 1024 bytes") }
        try await store.write { tx in
            let room = try Self.known(roomID, tx)
            guard try !PurgeQueries.isPurged(room, tx) else { throw MatrixError.forbidden("the room is being purged") }
            guard try HoldQueries.hold(room, reason, at: now, tx) else { return }
            try AuditLog.append(AuditEntry(code: .roomHold, actor: actor, room: roomID, time: now), tx)
        }
    }

    /// Ends a hold; what was kept aside for it is deleted.
    /// - Throws: `M_NOT_FOUND` for a room that does not exist or is not held.
    package func release(_ roomID: RoomID, by actor: AuditEntry.Actor, at now: Int64) async throws {
        try await store.write { tx in
            guard try HoldQueries.release(Self.known(roomID, tx), tx) else {
                throw MatrixError.notFound("the room is not held")
            }
            try AuditLog.append(AuditEntry(code: .roomHoldRelease, actor: actor, room: roomID, time: now), tx)
            try tx.emptyLogAfterCommit()
        }
    }

    /// The number of a room that exists.
    static func known(_ roomID: RoomID, _ tx: Transaction) throws -> Int64 {
        guard let room = try tx.number(of: roomID), try tx.first("SELECT 1 FROM room_info WHERE room = ?", .int(room)) != nil
        else { throw MatrixError.notFound("there is no room \(roomID.rawValue)") }
        return room
    }
}

/// The statements of holds.
enum HoldQueries {
    static func isHeld(_ room: Int64, _ tx: Transaction) throws -> Bool {
        try tx.first("SELECT 1 FROM room_holds WHERE room = ?", .int(room)) != nil
    }

    /// Whether the hold is new.
    static func hold(_ room: Int64, _ reason: String, at now: Int64, _ tx: Transaction) throws -> Bool {
        try tx.run(
            "INSERT INTO room_holds(room, since, sealed) VALUES (?, ?, ?) ON CONFLICT (room) DO NOTHING", .int(room), .int(now),
            .blob(try tx.seal(reason.utf8, .server, place: "room_holds/\(room)"))) == 1
    }

    /// Whether there was a hold.
    static func release(_ room: Int64, _ tx: Transaction) throws -> Bool {
        try tx.run("DELETE FROM held_events WHERE room = ?", .int(room))
        return try tx.run("DELETE FROM room_holds WHERE room = ?", .int(room)) == 1
    }

    /// Keeps an event as it is now aside, if its room is held. The seal stays valid: it names the event, not the table.
    static func keepAside(_ position: Int64, of room: Int64, _ tx: Transaction) throws {
        guard try isHeld(room, tx) else { return }
        try tx.run(
            """
            INSERT INTO held_events(position, room, sealed)
            SELECT position, room, sealed FROM events WHERE position = ? ON CONFLICT (position) DO NOTHING
            """, .int(position))
    }
}
