import Matrix
import Storage

/// One person's place in one room.
package struct MembershipRow: Sendable, Equatable {
    /// The person.
    package let user: Int64
    /// The room.
    package let room: Int64
    /// How the person stands to the room.
    package let membership: Membership
    /// The position of the `m.room.member` event.
    package let position: Int64
    /// Who sent that event.
    package let sender: Int64
    /// Whether the person forgot the room after leaving it.
    package let forgotten: Bool

    /// Whether news of the room concern the person: joined, invited or knocking.
    package var isInside: Bool { membership != .leave && membership != .ban }

    /// A place of its parts.
    package init(user: Int64, room: Int64, membership: Membership, position: Int64, sender: Int64, forgotten: Bool) {
        self.user = user
        self.room = room
        self.membership = membership
        self.position = position
        self.sender = sender
        self.forgotten = forgotten
    }
}

/// Who is where, now and earlier.
package enum MembershipQueries {
    private static let columns = "\"user\", room, membership, position, sender, forgotten"

    /// A person's place in a room; `nil` if the room never knew them.
    package static func membership(_ user: Int64, _ room: Int64, _ tx: Transaction) throws -> MembershipRow? {
        try tx.first("SELECT \(columns) FROM memberships WHERE \"user\" = ? AND room = ?", .int(user), .int(room)).flatMap(row)
    }

    /// Marks a room as forgotten by somebody.
    static func forget(_ room: Int64, by user: Int64, _ tx: Transaction) throws {
        try tx.run("UPDATE memberships SET forgotten = 1 WHERE \"user\" = ? AND room = ?", .int(user), .int(room))
    }

    /// All rooms that know a person, forgotten ones too.
    package static func rooms(of user: Int64, _ tx: Transaction) throws -> [MembershipRow] {
        try tx.rows("SELECT \(columns) FROM memberships WHERE \"user\" = ? ORDER BY room", .int(user)).compactMap(row)
    }

    /// The rooms in which a person has this membership.
    package static func rooms(of user: Int64, _ membership: Membership, _ tx: Transaction) throws -> [MembershipRow] {
        try tx.rows(
            "SELECT \(columns) FROM memberships WHERE \"user\" = ? AND membership = ? ORDER BY room",
            .int(user), .text(membership.rawValue)
        ).compactMap(row)
    }

    /// Everybody a room knows, oldest membership event first.
    package static func members(of room: Int64, _ tx: Transaction) throws -> [MembershipRow] {
        try tx.rows("SELECT \(columns) FROM memberships WHERE room = ? ORDER BY position", .int(room)).compactMap(row)
    }

    /// The people with this membership in a room, oldest membership event first.
    package static func members(
        of room: Int64, _ membership: Membership, limit: Int? = nil, _ tx: Transaction
    ) throws -> [MembershipRow] {
        try tx.rows(
            "SELECT \(columns) FROM memberships WHERE room = ? AND membership = ? ORDER BY position LIMIT ?",
            .int(room), .text(membership.rawValue), .int(limit.map { Int64($0) } ?? .max)
        ).compactMap(row)
    }

    /// How many people have this membership in a room.
    package static func count(of room: Int64, _ membership: Membership, _ tx: Transaction) throws -> Int {
        let row = try tx.first(
            "SELECT COUNT(*) FROM memberships WHERE room = ? AND membership = ?", .int(room), .text(membership.rawValue))
        return Int(try row?.int(0) ?? 0)
    }

    /// A person's membership after everything up to `position`; `nil` if there was none yet.
    package static func at(_ room: Int64, _ user: Int64, _ position: Int64, _ tx: Transaction) throws -> Membership? {
        try tx.first(
            """
            SELECT membership FROM membership_changes WHERE room = ? AND "user" = ? AND position <= ?
            ORDER BY position DESC LIMIT 1
            """,
            .int(room), .int(user), .int(position)
        ).flatMap { try Membership(rawValue: $0.text(0)) }
    }

    /// The position at which a person came into a room the last time; 0 for somebody who never did.
    package static func arrival(of user: Int64, in room: Int64, upTo: Int64, _ tx: Transaction) throws -> Int64 {
        var arrival: Int64 = 0
        var wasJoined = false
        for row in try tx.rows(
            """
            SELECT position, membership FROM membership_changes WHERE room = ? AND "user" = ? AND position <= ? ORDER BY position
            """, .int(room), .int(user), .int(upTo))
        {
            let isJoined = try row.text(1) == Membership.join.rawValue
            if isJoined, !wasJoined { arrival = try row.int(0) }
            wasJoined = isJoined
        }
        return arrival
    }

    /// Whether the two are joined to a room together.
    package static func shareRoom(_ one: Int64, _ other: Int64, _ tx: Transaction) throws -> Bool {
        try tx.first(
            """
            SELECT 1 FROM memberships AS mine JOIN memberships AS theirs ON theirs.room = mine.room
            WHERE mine."user" = ? AND mine.membership = 'join' AND theirs."user" = ? AND theirs.membership = 'join' LIMIT 1
            """,
            .int(one), .int(other)) != nil
    }

    private static func row(_ record: Record) throws -> MembershipRow? {
        guard let membership = try Membership(rawValue: record.text(2)) else { return nil }
        return try MembershipRow(
            user: record.int(0), room: record.int(1), membership: membership, position: record.int(3), sender: record.int(4),
            forgotten: record.bool(5))
    }
}
