import Audit
import Matrix
import Storage

/// Purging a room: its members leave, then its key is destroyed and its rows are deleted. What the audit log says of it stays.
///
/// Asking only writes it down; ``RoomCustody`` does the rest in portions, and goes on after a crash where it was. Between the
/// leaving of the last member and the destruction lies ``grace``, in which clients hear of their leaving.
extension RoomActions {
    /// How long clients have to hear that they are out, in milliseconds.
    package static let grace: Int64 = 60_000
    private static let membersAtOnce = 50
    private static let eventsAtOnce = 500

    /// Writes down that a room is to be purged.
    /// - Throws: `M_NOT_FOUND`, `M_FORBIDDEN` for a room under legal hold.
    package func purge(_ roomID: RoomID, by actor: AuditEntry.Actor, at now: Int64) async throws {
        try await store.write { tx in
            let room = try Self.known(roomID, tx)
            guard try !HoldQueries.isHeld(room, tx) else { throw MatrixError.forbidden("the room is under legal hold") }
            guard try PurgeQueries.begin(room, at: now, tx) else { return }
            try AuditLog.append(AuditEntry(code: .roomErase, actor: actor, room: roomID, time: now), tx)
        }
    }

    /// Does the next portion of every purge that is under way; whether anything is left to do right now.
    package func continuePurges(at now: Int64) async throws -> Bool {
        var goesOn = false
        for purge in try await store.read({ tx in try PurgeQueries.unfinished(tx) }) {
            if purge.emptiedAt == nil {
                try await empty(purge.room, at: now)
                goesOn = true
            } else if purge.destroyedAt == nil {
                guard let emptied = purge.emptiedAt, now - emptied >= Self.grace else { continue }
                try await destroy(purge.room, at: now)
                goesOn = true
            } else if try await deleteEvents(of: purge.room, at: now) {
                goesOn = true
            }
        }
        return goesOn
    }

    /// Lets the next members leave; after the last one the room is closed to everybody.
    private func empty(_ room: Int64, at now: Int64) async throws {
        try await store.write { tx in
            let inside = try MembershipQueries.members(of: room, tx).filter { [.join, .invite, .knock].contains($0.membership) }
            if !inside.isEmpty, let state = try RoomState.load(tx.room(room), tx) {
                var writer = RoomWriter(state: state, actions: self, tx: tx)
                for member in inside.prefix(Self.membersAtOnce) {
                    let user = try tx.user(member.user)
                    try writer.append(
                        RoomWriter.Wish(
                            "m.room.member", stateKey: user.rawValue,
                            content: .object(Self.member(.leave, "this room was closed by the server's administrators"))),
                        by: user, member.user, at: now)
                }
            }
            guard inside.count <= Self.membersAtOnce else { return }
            try PurgeQueries.close(room, at: now, tx)
            tx.uncache(CacheKey(.roomState, room))
        }
    }

    /// Destroys the key, and with it every word; deletes who was there and what the room was called.
    private func destroy(_ room: Int64, at now: Int64) async throws {
        let cache = cache
        try await store.write { tx in
            try tx.forget(room: room, withEvents: false)
            try tx.destroyKey(.room(room))
            try AuditLog.append(AuditEntry(code: .keyDestroy, by: .server, room: try tx.room(room), time: now), tx)
            try tx.run("UPDATE room_purges SET destroyed_at = ? WHERE room = ?", .int(now), .int(room))
            tx.uncache(CacheKey(.roomState, room))
            tx.afterCommit { cache.forget(room: room) }
        }
    }

    /// Deletes the next events; whether there are more.
    private func deleteEvents(of room: Int64, at now: Int64) async throws -> Bool {
        try await store.write { tx in
            let positions = try tx.rows(
                "SELECT position FROM events WHERE room = ? ORDER BY position LIMIT ?", .int(room), .int(Int64(Self.eventsAtOnce))
            ).map { try $0.int(0) }
            for position in positions { try tx.forget(event: position) }
            if positions.count == Self.eventsAtOnce { return true }
            try tx.forget(room: room, withEvents: true)
            try tx.run("UPDATE room_purges SET finished_at = ? WHERE room = ?", .int(now), .int(room))
            try tx.emptyLogAfterCommit()
            return false
        }
    }
}

/// The statements of purges.
enum PurgeQueries {
    struct Purge: Sendable {
        let room: Int64
        let emptiedAt: Int64?
        let destroyedAt: Int64?
    }

    static func isPurged(_ room: Int64, _ tx: Transaction) throws -> Bool {
        try tx.first("SELECT 1 FROM room_purges WHERE room = ?", .int(room)) != nil
    }

    /// Whether the purge is new.
    static func begin(_ room: Int64, at now: Int64, _ tx: Transaction) throws -> Bool {
        try tx.run(
            "INSERT INTO room_purges(room, asked_at) VALUES (?, ?) ON CONFLICT (room) DO NOTHING", .int(room), .int(now)) == 1
    }

    static func unfinished(_ tx: Transaction) throws -> [Purge] {
        try tx.rows("SELECT room, emptied_at, destroyed_at FROM room_purges WHERE finished_at IS NULL ORDER BY room").map { row in
            Purge(room: try row.int(0), emptiedAt: try row.optionalInt(1), destroyedAt: try row.optionalInt(2))
        }
    }

    /// Without these rows nobody finds the room any more, by name or by number.
    static func close(_ room: Int64, at now: Int64, _ tx: Transaction) throws {
        try tx.run("DELETE FROM room_info WHERE room = ?", .int(room))
        try tx.run("DELETE FROM aliases WHERE room = ?", .int(room))
        try tx.run("UPDATE room_purges SET emptied_at = ? WHERE room = ?", .int(now), .int(room))
    }
}
