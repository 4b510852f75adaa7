import Matrix
import Storage

/// What a receipt says, and to whom.
package enum ReceiptKind: String, Sendable, CaseIterable {
    case read = "m.read"
    /// Shown to nobody but its owner.
    case privateRead = "m.read.private"
}

/// The thread a receipt is about.
package enum ReceiptThread: Sendable, Hashable {
    case unthreaded, main
    case root(EventID)

    /// The word in the `thread` column; the empty word is the unthreaded one.
    package var column: String {
        switch self {
        case .unthreaded: ""
        case .main: "main"
        case .root(let id): id.rawValue
        }
    }
}

/// How far one person has read in one room.
package struct Receipt: Sendable, Equatable {
    /// The room.
    package let room: Int64
    /// Who has read.
    package let user: Int64
    /// Whom it is shown to.
    package let kind: ReceiptKind
    /// `nil` for an unthreaded receipt, otherwise the `thread_id`.
    package let threadID: String?
    /// The last event that was read.
    package let eventID: String
    /// When it was sent, in milliseconds.
    package let ts: Int64
    /// Its place in the order of changes.
    package let position: Int64
}

/// What is known about who has read what.
package enum ReceiptQueries {
    private static let columns = "room, \"user\", kind, thread, event_id, ts, position"

    /// The receipts of a room that changed with `after < position <= upTo` and that `user` may see: everybody's public ones, and
    /// the private ones of `user`.
    package static func receipts(
        in room: Int64, visibleTo user: Int64, after: Int64 = 0, upTo: Int64, _ tx: Transaction
    ) throws -> [Receipt] {
        try tx.rows(
            """
            SELECT \(columns) FROM receipts WHERE room = ? AND position > ? AND position <= ?
            AND (kind = 'm.read' OR "user" = ?) ORDER BY position
            """,
            .int(room), .int(after), .int(upTo), .int(user)
        ).compactMap(receipt)
    }

    /// The receipts that `user` sent for a room himself.
    package static func own(of user: Int64, in room: Int64, upTo: Int64, _ tx: Transaction) throws -> [Receipt] {
        try tx.rows(
            #"SELECT \#(columns) FROM receipts WHERE room = ? AND "user" = ? AND position <= ? ORDER BY position"#,
            .int(room), .int(user), .int(upTo)
        ).compactMap(receipt)
    }

    /// One receipt, and the position of the event it is about.
    package static func receipt(
        _ room: Int64, _ user: Int64, _ kind: ReceiptKind, _ thread: ReceiptThread, _ tx: Transaction
    ) throws -> (receipt: Receipt, eventPosition: Int64)? {
        let row = try tx.first(
            "SELECT \(columns), event_position FROM receipts WHERE room = ? AND \"user\" = ? AND kind = ? AND thread = ?",
            .int(room), .int(user), .text(kind.rawValue), .text(thread.column))
        guard let row, let found = try receipt(row) else { return nil }
        return (found, try row.int(7))
    }

    /// Up to where a person has read in a thread, by its own receipts and the unthreaded ones; 0 without any.
    /// - Parameter thread: the root; `nil` for the main timeline.
    package static func readUpTo(_ room: Int64, _ user: Int64, thread: String?, _ tx: Transaction) throws -> Int64 {
        let row = try tx.first(
            "SELECT COALESCE(MAX(event_position), 0) FROM receipts WHERE room = ? AND \"user\" = ? AND thread IN ('', ?)",
            .int(room), .int(user), .text(thread ?? ReceiptThread.main.column))
        return try row?.int(0) ?? 0
    }

    private static func receipt(_ row: Record) throws -> Receipt? {
        guard let kind = try ReceiptKind(rawValue: row.text(2)) else { return nil }
        let thread = try row.text(3)
        return try Receipt(
            room: row.int(0), user: row.int(1), kind: kind, threadID: thread.isEmpty ? nil : thread, eventID: row.text(4),
            ts: row.int(5), position: row.int(6))
    }
}
