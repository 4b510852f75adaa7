import Audit
import Matrix
import Storage

/// What a client may say about how far somebody has read.
package struct ReceiptWish: Sendable {
    /// Whom it is shown to.
    package let kind: ReceiptKind
    /// The last event that was read.
    package let eventID: EventID
    /// The thread that it is about.
    package let thread: ReceiptThread

    /// A receipt for an event and everything before it.
    package init(_ kind: ReceiptKind, _ eventID: EventID, thread: ReceiptThread = .unthreaded) {
        self.kind = kind
        self.eventID = eventID
        self.thread = thread
    }
}

extension RoomActions {
    /// Notes how far somebody has read; several receipts of one request are noted together. Receipts only move forward: an older
    /// one changes nothing.
    ///
    /// Throws ``RoomReadError/notVisible`` for somebody who is not joined, ``RoomReadError/eventNotFound``, and `M_INVALID_PARAM`
    /// if the event is not in the thread. Calling it without receipts only checks that the room may be read.
    ///
    /// [Specification](https://spec.matrix.org/v1.16/client-server-api/#receipts)
    package func acknowledge(
        _ wishes: [ReceiptWish], in roomID: RoomID, by requester: Requester, at now: Int64
    ) async throws {
        try await store.write { tx in
            let reading = try RoomReading(roomID, for: requester.number, tx)
            guard reading.isJoined else { throw RoomReadError.notVisible }
            for wish in wishes { try acknowledge(wish, reading, requester, at: now, tx) }
        }
    }

    private func acknowledge(
        _ wish: ReceiptWish, _ reading: RoomReading, _ requester: Requester, at now: Int64, _ tx: Transaction
    ) throws {
        let event = try reading.event(wish.eventID, cache: cache, tx)
        guard try ThreadPlace(of: event, cache: cache, tx).admits(wish.thread) else {
            throw MatrixError.invalidParam("The event is not in the thread that thread_id names.")
        }
        let before = try ReceiptQueries.receipt(reading.room, requester.number, wish.kind, wish.thread, tx)
        if let before, before.eventPosition >= event.position { return }
        let position = try tx.nextPosition()
        try ReceiptQueries.put(wish, at: event.position, ts: now, position, reading.room, requester.number, tx)
        try AuditLog.append(
            AuditEntry(code: .dataReceipt, by: requester, target: wish.eventID.rawValue, room: reading.roomID, time: now), tx)
        let wake = wish.kind == .read ? try RoomState.load(reading.roomID, tx)?.joined ?? [] : [requester.number]
        let (hub, room) = (hub, reading.room)
        tx.afterCommit { hub.receiptsChanged(room: room, position: position, wake: wake) }
    }
}

extension ReceiptQueries {
    /// Puts a receipt in place of the older one.
    static func put(
        _ wish: ReceiptWish, at eventPosition: Int64, ts: Int64, _ position: Int64, _ room: Int64, _ user: Int64,
        _ tx: Transaction
    ) throws {
        try tx.run(
            """
            INSERT INTO receipts(room, "user", kind, thread, event_id, event_position, ts, position) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (room, "user", kind, thread) DO UPDATE
            SET event_id = excluded.event_id, event_position = excluded.event_position, ts = excluded.ts, position = excluded.position
            """,
            .int(room), .int(user), .text(wish.kind.rawValue), .text(wish.thread.column), .text(wish.eventID.rawValue),
            .int(eventPosition), .int(ts), .int(position))
    }
}
