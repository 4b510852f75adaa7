import Matrix
import Storage

/// The statements that write a room's history.
enum EventQueries {
    /// Inserts an event, its content sealed with the room's key.
    static func insert(
        _ pdu: PDU, position: Int64, room: Int64, sender: Int64, stateTag: [UInt8]?, replaces: Int64?, notifies: Bool,
        transaction: EventRecord.SendingTransaction?, _ tx: Transaction
    ) throws {
        try tx.run(
            """
            INSERT INTO events(position, room, event_id, sender, type, state_tag, replaces, depth, origin_ts, notifies, sealed)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            .int(position), .int(room), .text(pdu.eventID.rawValue), .int(sender), .text(tx.typeColumn(pdu.type)),
            SQLValue(stateTag), SQLValue(replaces), .int(pdu.depth), .int(pdu.originServerTS), .int(notifies ? 1 : 0),
            .blob(try sealed(pdu, room: room, transaction, tx)))
    }

    /// Puts the redacted form in place of the event's content. The old bytes are overwritten.
    static func redact(_ pdu: PDU, at position: Int64, room: Int64, by redaction: Int64, _ tx: Transaction) throws {
        try tx.run(
            "UPDATE events SET sealed = ?, redacted_by = ?, notifies = 0 WHERE position = ?",
            .blob(try sealed(pdu, room: room, nil, tx)), .int(redaction), .int(position))
        try tx.run("DELETE FROM attention WHERE room = ? AND position = ?", .int(room), .int(position))
        try RelationQueries.remove(position, tx)
    }

    /// An event in its full form, its place in the history, and whether it was redacted before.
    struct Found {
        let pdu: PDU
        let position: Int64
        let isRedacted: Bool
    }

    /// An event of a room, read for changing it.
    static func find(_ id: EventID, in room: Int64, _ version: RoomVersion, _ tx: Transaction) throws -> Found? {
        guard
            let row = try tx.first(
                "SELECT position, redacted_by, sealed FROM events WHERE event_id = ? AND room = ?",
                .text(id.rawValue), .int(room))
        else { return nil }
        let opened = try tx.open(try row.blob(2), .room(room), place: EventRecord.place(id))
        guard let record = EventRecord(bytes: opened) else { throw RoomReadError.damaged }
        return Found(
            pdu: try PDU(parsing: record.federation, version: version), position: try row.int(0),
            isRedacted: try row.optionalInt(1) != nil)
    }

    private static func sealed(
        _ pdu: PDU, room: Int64, _ transaction: EventRecord.SendingTransaction?, _ tx: Transaction
    ) throws -> [UInt8] {
        let record = EventRecord(client: pdu.client, federation: pdu.federation, transaction: transaction)
        return try tx.seal(record.bytes, .room(room), place: EventRecord.place(pdu.eventID))
    }

    /// Makes an event the current one of its type and state key.
    static func setCurrent(room: Int64, type: String, stateTag: [UInt8], _ position: Int64, _ tx: Transaction) throws {
        try tx.run(
            """
            INSERT INTO current_state(room, type, state_tag, position) VALUES (?, ?, ?, ?)
            ON CONFLICT (room, type, state_tag) DO UPDATE SET position = excluded.position
            """, .int(room), .text(type), .blob(stateTag), .int(position))
    }

    /// Moves a member, now and in the history of memberships.
    static func setMembership(
        _ membership: Membership, of member: Int64, in room: Int64, by sender: Int64, at position: Int64,
        _ tx: Transaction
    ) throws {
        try tx.run(
            """
            INSERT INTO memberships("user", room, membership, position, sender, forgotten) VALUES (?, ?, ?, ?, ?, 0)
            ON CONFLICT ("user", room) DO UPDATE
            SET membership = excluded.membership, position = excluded.position, sender = excluded.sender,
                forgotten = CASE WHEN excluded.membership IN ('leave', 'ban') THEN memberships.forgotten ELSE 0 END
            """, .int(member), .int(room), .text(membership.rawValue), .int(position), .int(sender))
        try tx.run(
            #"INSERT INTO membership_changes(room, "user", position, membership) VALUES (?, ?, ?, ?)"#,
            .int(room), .int(member), .int(position), .text(membership.rawValue))
    }

    /// Notes that from here on the room's history is visible to others.
    static func insertVisibility(_ visibility: String, in room: Int64, at position: Int64, _ tx: Transaction) throws {
        try tx.run(
            "INSERT INTO visibility_changes(room, position, visibility) VALUES (?, ?, ?)",
            .int(room), .int(position), .text(visibility))
    }

    /// The event that a device sent before with this transaction ID.
    static func sent(by user: Int64, device: String, tag: [UInt8], _ tx: Transaction) throws -> EventID? {
        try tx.first(
            #"SELECT event_id FROM event_transactions WHERE "user" = ? AND device = ? AND tag = ?"#,
            .int(user), .text(device), .blob(tag)
        ).map { try EventID(parsing: $0.text(0)) }
    }

    /// Remembers what a device sent with a transaction ID.
    static func remember(
        _ event: EventID, by user: Int64, device: String, tag: [UInt8], at now: Int64, _ tx: Transaction
    ) throws {
        try tx.run(
            #"INSERT INTO event_transactions("user", device, tag, event_id, created_at) VALUES (?, ?, ?, ?, ?)"#,
            .int(user), .text(device), .blob(tag), .text(event.rawValue), .int(now))
    }
}
