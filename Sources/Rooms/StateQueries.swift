import Matrix
import Storage

/// Where a piece of state lies, before anything is opened.
package struct StateEntry: Sendable, Hashable {
    /// The type as its column has it (`Transaction.typeColumn`).
    package let type: String
    /// The tag of the state key.
    package let tag: [UInt8]
    /// The position of the event.
    package let position: Int64

    /// A piece of its parts.
    package init(type: String, tag: [UInt8], position: Int64) {
        self.type = type
        self.tag = tag
        self.position = position
    }
}

/// The state of rooms, now and at any position: the latest state event per type and state key.
///
/// `entries` and `position` only say where; `current`, `at` and `changes` open the events.
package enum StateQueries {
    /// Where the current state of a room lies.
    package static func entries(of room: Int64, _ tx: Transaction) throws -> [StateEntry] {
        try entries(tx.rows("SELECT type, state_tag, position FROM current_state WHERE room = ?", .int(room)))
    }

    /// Where the state of a room lies after everything up to `position`, that event included.
    ///
    /// Costs an index pass over all state the room ever had; the current state is cheaper.
    package static func entries(of room: Int64, at position: Int64, _ tx: Transaction) throws -> [StateEntry] {
        try entries(
            tx.rows(
                """
                SELECT type, state_tag, MAX(position) FROM events
                WHERE room = ? AND state_tag IS NOT NULL AND position <= ? GROUP BY type, state_tag
                """,
                .int(room), .int(position)))
    }

    /// The current state of one type.
    package static func entries(of room: Int64, type: String, _ tx: Transaction) throws -> [StateEntry] {
        try entries(
            tx.rows(
                "SELECT type, state_tag, position FROM current_state WHERE room = ? AND type = ?",
                .int(room), .text(tx.typeColumn(type))))
    }

    /// The state of one type after everything up to `position`.
    package static func entries(of room: Int64, type: String, at position: Int64, _ tx: Transaction) throws -> [StateEntry] {
        try entries(
            tx.rows(
                """
                SELECT type, state_tag, MAX(position) FROM events
                WHERE room = ? AND type = ? AND state_tag IS NOT NULL AND position <= ? GROUP BY type, state_tag
                """,
                .int(room), .text(tx.typeColumn(type)), .int(position)))
    }

    /// What of the state changed with `after < position <= upTo`: the latest event per type and state key of that stretch.
    package static func entries(
        of room: Int64, changedAfter after: Int64, upTo: Int64, _ tx: Transaction
    ) throws -> [StateEntry] {
        // Grouped here and not by the database, which would walk all state of the room for it.
        var latest: [StatePiece: Int64] = [:]
        try tx.each(
            """
            SELECT type, state_tag, position FROM events
            WHERE room = ? AND state_tag IS NOT NULL AND position > ? AND position <= ? ORDER BY position
            """, [.int(room), .int(after), .int(upTo)]
        ) { latest[StatePiece(type: try $0.text(0), tag: try $0.blob(1))] = try $0.int(2) }
        return latest.map { StateEntry(type: $0.type, tag: $0.tag, position: $1) }.sorted { $0.position < $1.position }
    }

    /// Where one piece of the current state lies.
    package static func position(of type: String, _ stateKey: String, in room: Int64, _ tx: Transaction) throws -> Int64? {
        try tx.first(
            "SELECT position FROM current_state WHERE room = ? AND type = ? AND state_tag = ?",
            .int(room), .text(tx.typeColumn(type)), .blob(tx.tag(stateKey, .stateKey)))?.int(0)
    }

    /// Where one piece of the state lies after everything up to `position`.
    package static func position(
        of type: String, _ stateKey: String, in room: Int64, at position: Int64, _ tx: Transaction
    ) throws -> Int64? {
        try tx.first(
            """
            SELECT position FROM events WHERE room = ? AND type = ? AND state_tag = ? AND position <= ?
            ORDER BY position DESC LIMIT 1
            """,
            .int(room), .text(tx.typeColumn(type)), .blob(tx.tag(stateKey, .stateKey)), .int(position))?.int(0)
    }

    private static func entries(_ rows: [Record]) throws -> [StateEntry] {
        try rows.map { try StateEntry(type: $0.text(0), tag: $0.blob(1), position: $0.int(2)) }
    }
}

extension StateQueries {
    /// The current state of a room, by position.
    package static func current(_ room: Int64, cache: EventCache? = nil, _ tx: Transaction) throws -> [StoredEvent] {
        if let cache {
            let rows = try tx.rows(
                """
                SELECT events.position, events.redacted_by FROM current_state
                JOIN events ON events.position = current_state.position
                WHERE current_state.room = ? ORDER BY events.position
                """, .int(room))
            let known = try rows.map { try cache.event(at: $0.int(0), redactedBy: $0.optionalInt(1)) }
            if known.allSatisfy({ $0 != nil }) { return known.compactMap(\.self) }
        }
        var result: [StoredEvent] = []
        try tx.each(
            """
            SELECT \(StoredEvent.joinedColumns) FROM current_state JOIN events ON events.position = current_state.position
            WHERE current_state.room = ? ORDER BY events.position
            """, [.int(room)]
        ) { row in
            if let event = try cache?.event(at: row.int(0), redactedBy: row.optionalInt(8)) {
                result.append(event)
            } else {
                let event = try StoredEvent(row, tx)
                cache?.keep(event)
                result.append(event)
            }
        }
        return result
    }

    /// One piece of the current state.
    package static func current(
        _ room: Int64, _ type: String, _ stateKey: String, cache: EventCache? = nil, _ tx: Transaction
    ) throws -> StoredEvent? {
        try position(of: type, stateKey, in: room, tx).flatMap { try Timeline.event(at: $0, cache: cache, tx) }
    }

    /// The state after everything up to `position`.
    package static func at(
        _ room: Int64, _ position: Int64, cache: EventCache? = nil, _ tx: Transaction
    ) throws -> [StoredEvent] {
        try Timeline.events(at: entries(of: room, at: position, tx).map(\.position).sorted(), cache: cache, tx)
    }

    /// One piece of the state after everything up to `position`.
    package static func at(
        _ room: Int64, _ type: String, _ stateKey: String, _ position: Int64, cache: EventCache? = nil, _ tx: Transaction
    ) throws -> StoredEvent? {
        try self.position(of: type, stateKey, in: room, at: position, tx).flatMap {
            try Timeline.event(at: $0, cache: cache, tx)
        }
    }

    /// What of the state changed with `after < position <= upTo`, by position.
    package static func changes(
        _ room: Int64, after: Int64, upTo: Int64, cache: EventCache? = nil, _ tx: Transaction
    ) throws -> [StoredEvent] {
        try Timeline.events(
            at: entries(of: room, changedAfter: after, upTo: upTo, tx).map(\.position).sorted(), cache: cache, tx)
    }
}

/// The columns that name a piece of state.
private struct StatePiece: Hashable {
    let type: String
    let tag: [UInt8]
}
