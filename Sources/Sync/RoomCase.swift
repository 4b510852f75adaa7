import Matrix
import Rooms
import Storage

/// A room that an answer may have to tell of, and why.
struct RoomCase {
    /// The room's number.
    let number: Int64
    let roomID: RoomID
    /// The reader's place in it, as of the end of the answer.
    let standing: Standing
    /// Whether there are events that the device does not have.
    let events: Bool
    /// Whether there are receipts that it does not have.
    let receipts: Bool
    /// Whether the list of those typing changed.
    let typing: Bool
}

/// The reader's place in a room now, and what it was when the device last asked.
struct Standing {
    let membership: Membership
    /// The position of the reader's member event.
    let position: Int64
    let isForgotten: Bool
    /// What it was at `since`; nil when the room did not know the reader, or for the first answer.
    let before: Membership?
    /// What it was in between, oldest first; only where it changed.
    let since: [Membership]

    /// Whether it changed since the device last asked.
    var changed: Bool { !since.isEmpty }
    /// Whether the reader was joined all the time since the device last asked.
    var stayedJoined: Bool { before == .join && since.allSatisfy { $0 == .join } }
}

extension SyncPass {
    /// The rooms to tell of, by number.
    func roomCases(_ personal: PersonalData) throws -> [RoomCase] {
        guard let hints else { return try everyRoom() }
        var cases: [RoomCase] = []
        var seen: Set<Int64> = []
        for hint in hints {
            seen.insert(hint.room)
            if let room = try roomCase(hint.room, events: hint.events, receipts: hint.receipts, typing: hint.typing) {
                cases.append(room)
            }
        }
        for room in personal.rooms.keys where !seen.contains(room) {
            if let room = try roomCase(room, events: false, receipts: false, typing: false) { cases.append(room) }
        }
        return cases.sorted { $0.number < $1.number }
    }

    private func roomCase(_ room: Int64, events: Bool, receipts: Bool, typing: Bool) throws -> RoomCase? {
        let roomID = try tx.room(room)
        guard request.filter.admits(room: roomID.rawValue),
            let row = try MembershipQueries.membership(request.number, room, tx), let standing = try standing(row)
        else { return nil }
        if standing.membership == .leave || standing.membership == .ban, !standing.changed {
            engine.hub.drop(room, of: request.number, seenAt: mark)
            return nil
        }
        return RoomCase(
            number: room, roomID: roomID, standing: standing, events: events, receipts: receipts, typing: typing)
    }

    /// Looks at all rooms of the reader: for a first answer, for full state, and when memory does not reach back far enough.
    private func everyRoom() throws -> [RoomCase] {
        let rows = try MembershipQueries.rooms(of: request.number, tx)
        engine.hub.remember(rows.lazy.filter(\.isInside).map(\.room), of: request.number)
        let wantsAll = since == nil || request.wantsFullState
        return try rows.compactMap { row in
            let isOut = !row.isInside
            if isOut, row.position <= since?.position ?? 0 || since == nil {
                guard wantsAll, request.filter.includesLeft, !row.forgotten else { return nil }
            }
            let roomID = try tx.room(row.room)
            guard request.filter.admits(room: roomID.rawValue), let standing = try standing(row) else { return nil }
            guard !wantsAll, let since, row.membership == .join else {
                return RoomCase(
                    number: row.room, roomID: roomID, standing: standing, events: true, receipts: true, typing: true)
            }
            let last = try Timeline.last(in: row.room, upTo: mark.position, tx) ?? 0
            return RoomCase(
                number: row.room, roomID: roomID, standing: standing, events: last > since.position, receipts: true,
                typing: engine.hub.typingSerial(in: row.room) > since.serial)
        }
    }

    /// The reader's place as of the mark; the row may be of a later moment.
    func standing(_ row: MembershipRow) throws -> Standing? {
        guard let since else {
            return Standing(
                membership: row.membership, position: row.position, isForgotten: row.forgotten, before: nil,
                since: [row.membership])
        }
        if row.position <= since.position {
            return Standing(
                membership: row.membership, position: row.position, isForgotten: row.forgotten, before: row.membership,
                since: [])
        }
        let changes = try tx.rows(
            """
            SELECT position, membership FROM membership_changes
            WHERE room = ? AND "user" = ? AND position > ? AND position <= ? ORDER BY position
            """, .int(row.room), .int(row.user), .int(since.position), .int(mark.position)
        ).compactMap { record in
            try Membership(rawValue: record.text(1)).map { (position: try record.int(0), membership: $0) }
        }
        let before = try MembershipQueries.at(row.room, row.user, since.position, tx)
        if let last = changes.last {
            return Standing(
                membership: last.membership, position: last.position, isForgotten: row.forgotten, before: before,
                since: changes.map(\.membership))
        }
        // Everything that changed lies beyond the mark.
        return before.map {
            Standing(membership: $0, position: since.position, isForgotten: false, before: $0, since: [])
        }
    }
}
