import Matrix
import Rooms
import Storage

/// The statements that only sliding sync needs.
enum SlidingQueries {
    /// The position of the last event of each room that somebody is in, by room; each is one step into an index.
    static func lastEvents(ofRoomsOf user: Int64, _ tx: Transaction) throws -> [Int64: Int64] {
        var result: [Int64: Int64] = [:]
        try tx.each(
            """
            SELECT room, (SELECT MAX(position) FROM events WHERE events.room = memberships.room) FROM memberships
            WHERE "user" = ? AND membership = 'join'
            """, [.int(user)]
        ) { row in result[try row.int(0)] = try row.optionalInt(1) }
        return result
    }

    /// Somebody's place in a room as it was after everything up to a position.
    static func membership(_ user: Int64, _ room: Int64, upTo: Int64, _ tx: Transaction) throws -> MembershipRow? {
        let row = try tx.first(
            """
            SELECT changes.membership, changes.position, events.sender FROM membership_changes AS changes
            JOIN events ON events.position = changes.position
            WHERE changes.room = ? AND changes."user" = ? AND changes.position <= ? ORDER BY changes.position DESC LIMIT 1
            """, .int(room), .int(user), .int(upTo))
        guard let row, let membership = try Membership(rawValue: row.text(0)) else { return nil }
        return MembershipRow(
            user: user, room: room, membership: membership, position: try row.int(1), sender: try row.int(2), forgotten: false)
    }

    /// Whether somebody was joined to a room before a position.
    static func wasInside(_ user: Int64, _ room: Int64, before: Int64, _ tx: Transaction) throws -> Bool {
        try tx.first(
            """
            SELECT 1 FROM membership_changes
            WHERE room = ? AND "user" = ? AND position < ? AND membership = 'join' LIMIT 1
            """, .int(room), .int(user), .int(before)) != nil
    }

    /// The last event with `after < position <= upTo` that moves a room up in a client's list.
    static func lastBump(in room: Int64, after: Int64, upTo: Int64, _ tx: Transaction) throws -> Int64? {
        try tx.first(
            """
            SELECT position FROM events WHERE room = ? AND position > ? AND position <= ?
            AND type IN ('m.room.create', 'm.room.message', 'm.room.encrypted', 'm.sticker', 'm.call.invite', 'm.poll.start',
                'm.beacon_info')
            ORDER BY position DESC LIMIT 1
            """, .int(room), .int(after), .int(upTo))?.int(0)
    }

    /// Whether a receipt of somebody's own changed with `after < position`.
    static func ownReceiptMoved(_ user: Int64, in room: Int64, after: Int64, _ tx: Transaction) throws -> Bool {
        try tx.first(
            #"SELECT 1 FROM receipts WHERE room = ? AND "user" = ? AND position > ? LIMIT 1"#,
            .int(room), .int(user), .int(after)) != nil
    }

    /// The current state that a selector wants, as of a position.
    static func state(of room: Int64, _ selector: StateSelector, upTo end: Int64, _ tx: Transaction) throws -> [StateEntry] {
        var found: [StateEntry] = []
        if selector.reachesEveryType {
            found = try StateQueries.entries(of: room, tx)
        } else {
            let members = selector.types[SyncPass.memberType]
            let types = selector.types.keys.filter { $0 != SyncPass.memberType || members?.takesAll == true }.sorted()
            if !types.isEmpty { found = try current(of: room, types, tx) }
            if let members, !members.takesAll {
                for tag in members.tags {
                    let row = try tx.first(
                        "SELECT position FROM current_state WHERE room = ? AND type = ? AND state_tag = ?",
                        .int(room), .text(SyncPass.memberType), .blob(tag))
                    if let row { found.append(StateEntry(type: SyncPass.memberType, tag: tag, position: try row.int(0))) }
                }
            }
        }
        return try found.compactMap { entry in
            guard selector.admits(entry) else { return nil }
            if entry.position <= end { return entry }
            let row = try tx.first(
                "SELECT MAX(position) FROM events WHERE room = ? AND type = ? AND state_tag = ? AND position <= ?",
                .int(room), .text(entry.type), .blob(entry.tag), .int(end))
            return try row?.optionalInt(0).map { StateEntry(type: entry.type, tag: entry.tag, position: $0) }
        }
    }

    private static func current(of room: Int64, _ types: [String], _ tx: Transaction) throws -> [StateEntry] {
        var found: [StateEntry] = []
        for start in stride(from: 0, to: types.count, by: listSize) {
            let list = SQLList(types[start..<min(start + listSize, types.count)])
            try tx.each(
                "SELECT type, state_tag, position FROM current_state WHERE room = ? AND type IN (\(list.marks))",
                [.int(room)] + list.arguments
            ) { found.append(StateEntry(type: try $0.text(0), tag: try $0.blob(1), position: try $0.int(2))) }
        }
        return found
    }

    /// How many types one statement names at most.
    private static let listSize = 64
}
