import Matrix
import Rooms
import Storage

/// SQL over whose keys have changed, and who has come near or gone.
enum DeviceListQueries {
    static func noteChange(of person: Int64, at position: Int64, _ tx: Transaction) throws {
        try tx.run(
            """
            INSERT INTO device_list_changes(person, position) VALUES (?, ?)
            ON CONFLICT (person) DO UPDATE SET position = excluded.position
            """, .int(person), .int(position))
    }

    static func noteSignature(by reader: Int64, on person: Int64, at position: Int64, _ tx: Transaction) throws {
        try tx.run(
            """
            INSERT INTO signature_changes(reader, person, position) VALUES (?, ?, ?)
            ON CONFLICT (reader, person) DO UPDATE SET position = excluded.position
            """, .int(reader), .int(person), .int(position))
    }

    /// Those whose keys changed since a position as the reader sees them: people in a room with him, and himself.
    static func changed(for reader: Int64, after: Int64, _ tx: Transaction) throws -> [Int64] {
        try people(
            """
            SELECT c.person FROM device_list_changes AS c WHERE c.position > ? AND (c.person = ? OR EXISTS (
                SELECT 1 FROM memberships AS mine JOIN memberships AS theirs ON theirs.room = mine.room
                WHERE mine."user" = ? AND mine.membership = 'join' AND theirs."user" = c.person AND theirs.membership = 'join'))
            UNION SELECT person FROM signature_changes WHERE reader = ? AND position > ?
            """, [.int(after), .int(reader), .int(reader), .int(reader), .int(after)], tx)
    }

    /// Everybody who is joined to a room with somebody.
    static func sharers(of person: Int64, encryptedOnly: Bool = false, _ tx: Transaction) throws -> [Int64] {
        let condition =
            encryptedOnly
            ? "AND EXISTS (SELECT 1 FROM current_state AS s WHERE s.room = mine.room AND s.type = 'm.room.encryption')" : ""
        return try people(
            """
            SELECT DISTINCT theirs."user" FROM memberships AS mine JOIN memberships AS theirs ON theirs.room = mine.room
            WHERE mine."user" = ? AND mine.membership = 'join' AND theirs.membership = 'join' AND theirs."user" <> ?
            \(condition)
            """, [.int(person), .int(person)], tx)
    }

    /// Whether two are joined to a room together, or to an encrypted one.
    static func share(_ one: Int64, _ other: Int64, encryptedOnly: Bool, _ tx: Transaction) throws -> Bool {
        guard encryptedOnly else { return try MembershipQueries.shareRoom(one, other, tx) }
        return try tx.first(
            """
            SELECT 1 FROM memberships AS mine JOIN memberships AS theirs ON theirs.room = mine.room
            WHERE mine."user" = ? AND mine.membership = 'join' AND theirs."user" = ? AND theirs.membership = 'join'
            AND EXISTS (SELECT 1 FROM current_state AS s WHERE s.room = mine.room AND s.type = 'm.room.encryption') LIMIT 1
            """, .int(one), .int(other)) != nil
    }

    /// Where a room's encryption was set last; nil when it is not encrypted.
    static func encryption(of room: Int64, _ tx: Transaction) throws -> Int64? {
        try tx.first("SELECT position FROM current_state WHERE room = ? AND type = 'm.room.encryption'", .int(room))?.int(0)
    }

    /// Those who are joined to a room by a member event after a position.
    static func joined(_ room: Int64, after: Int64, _ tx: Transaction) throws -> [Int64] {
        try people(
            "SELECT \"user\" FROM memberships WHERE room = ? AND membership = 'join' AND position > ?",
            [.int(room), .int(after)], tx)
    }

    /// Those who are out of a room by a member event after a position.
    static func gone(_ room: Int64, after: Int64, _ tx: Transaction) throws -> [Int64] {
        try people(
            "SELECT \"user\" FROM memberships WHERE room = ? AND membership IN ('leave', 'ban') AND position > ?",
            [.int(room), .int(after)], tx)
    }

    /// Whether somebody was joined to a room at a position, and without a break since.
    static func stayed(_ person: Int64, in room: Int64, since: Int64, _ tx: Transaction) throws -> Bool {
        guard try MembershipQueries.at(room, person, since, tx) == .join else { return false }
        return try tx.first(
            """
            SELECT 1 FROM membership_changes WHERE room = ? AND "user" = ? AND position > ? AND membership <> 'join' LIMIT 1
            """, .int(room), .int(person), .int(since)) == nil
    }

    /// Whether somebody was joined to a room at a position or at any time since.
    static func wasJoined(_ person: Int64, in room: Int64, since: Int64, _ tx: Transaction) throws -> Bool {
        if try MembershipQueries.at(room, person, since, tx) == .join { return true }
        return try tx.first(
            """
            SELECT 1 FROM membership_changes WHERE room = ? AND "user" = ? AND position > ? AND membership = 'join' LIMIT 1
            """, .int(room), .int(person), .int(since)) != nil
    }

    /// The rooms that a person is or was in and in which members came or went since a position, or encryption was set.
    static func livelyRooms(of person: Int64, after: Int64, _ tx: Transaction) throws -> [Int64] {
        try people(
            """
            SELECT mine.room FROM memberships AS mine WHERE mine."user" = ? AND (mine.position > ? OR mine.membership = 'join' AND (
                EXISTS (SELECT 1 FROM memberships AS theirs WHERE theirs.room = mine.room AND theirs.position > ?
                    AND theirs.membership IN ('join', 'leave', 'ban'))
                OR EXISTS (SELECT 1 FROM current_state AS s WHERE s.room = mine.room AND s.type = 'm.room.encryption'
                    AND s.position > ?)))
            """, [.int(person), .int(after), .int(after), .int(after)], tx)
    }

    private static func people(_ sql: String, _ arguments: [SQLValue], _ tx: Transaction) throws -> [Int64] {
        try tx.rows(sql, arguments: arguments).map { try $0.int(0) }
    }
}
