import Matrix
import Storage

/// Events of all rooms in the order of their positions, for what follows the whole server.
extension Timeline {
    /// A stretch of the order of everything.
    package struct Stretch: Sendable {
        /// The events of the wanted types.
        package let events: [StoredEvent]
        /// Up to where the stretch was read.
        package let end: Int64
        /// How many events could not be opened although their room's key is there.
        package let unreadable: Int
    }

    /// The events of these types with `after < position`, at most `limit`, oldest first.
    ///
    /// Rooms that `admits` refuses are passed over without being opened, and so is what a destroyed key has sealed.
    package static func following(
        _ after: Int64, upTo: Int64, types: [String], limit: Int, admits: (Int64) -> Bool = { _ in true }, _ tx: Transaction
    ) throws -> Stretch {
        let marks = Array(repeating: "?", count: types.count).joined(separator: ", ")
        var events: [StoredEvent] = []
        var last: Int64?
        var found = 0
        var unreadable = 0
        try tx.each(
            """
            SELECT \(StoredEvent.columns) FROM events
            WHERE position > ? AND position <= ? AND type IN (\(marks)) ORDER BY position LIMIT ?
            """,
            [.int(after), .int(upTo)] + types.map(SQLValue.text) + [.int(limit)]
        ) { row in
            found += 1
            last = try row.int(0)
            guard try admits(row.int(1)) else { return }
            do {
                events.append(try StoredEvent(row, tx))
            } catch StorageError.keyDestroyed {
                // The room was erased: there is nothing to follow any more.
            } catch RoomReadError.damaged, StorageError.sealBroken {
                unreadable += 1
            }
        }
        return Stretch(events: events, end: found < limit ? upTo : last ?? upTo, unreadable: unreadable)
    }

    /// Where the newest `limit` events of these types begin, but not before `after`: the position to follow from.
    package static func beginning(ofNewest limit: Int, after: Int64, types: [String], _ tx: Transaction) throws -> Int64 {
        let marks = Array(repeating: "?", count: types.count).joined(separator: ", ")
        let row = try tx.first(
            "SELECT position FROM events WHERE position > ? AND type IN (\(marks)) ORDER BY position DESC LIMIT 1 OFFSET ?",
            arguments: [.int(after)] + types.map(SQLValue.text) + [.int(limit)])
        return try row?.int(0) ?? after
    }

    /// The event at a position, opened without a look at any cache; nil for none, and for one of an erased room.
    package static func opened(at position: Int64, _ tx: Transaction) throws -> StoredEvent? {
        guard let row = try tx.first("SELECT \(StoredEvent.columns) FROM events WHERE position = ?", .int(position)) else {
            return nil
        }
        do { return try StoredEvent(row, tx) } catch StorageError.keyDestroyed { return nil }
    }
}
