import Matrix
import Storage

/// The order of events in a room: one line, by position.
///
/// Each query finds out which positions there are (from an index alone) and opens only what ``EventCache`` does not hold;
/// without a cache everything is opened.
package enum Timeline {
    /// The events of a room with `after < position <= upTo`, at most `limit`, from the end that `newestFirst` names, in that order.
    package static func events(
        in room: Int64, after: Int64 = 0, upTo: Int64, limit: Int, newestFirst: Bool, cache: EventCache?, _ tx: Transaction
    ) throws -> [StoredEvent] {
        let order = newestFirst ? "DESC" : "ASC"
        let rows = try tx.rows(
            """
            SELECT position, redacted_by FROM events
            WHERE room = ? AND position > ? AND position <= ? ORDER BY position \(order) LIMIT ?
            """,
            .int(room), .int(after), .int(upTo), .int(Int64(limit)))
        let places = try rows.map(Place.init)
        let opened = try open(places, in: room, cache: cache, tx)
        return places.compactMap { opened[$0.position] }
    }

    /// The event with an ID, whatever its room.
    package static func event(_ id: EventID, cache: EventCache?, _ tx: Transaction) throws -> StoredEvent? {
        guard let row = try tx.first("SELECT position, redacted_by FROM events WHERE event_id = ?", .text(id.rawValue)) else {
            return nil
        }
        return try event(Place(row), cache: cache, tx)
    }

    /// The event with an ID in a room; `nil` also if it lies in another room.
    package static func event(_ id: EventID, in room: Int64, cache: EventCache?, _ tx: Transaction) throws -> StoredEvent? {
        guard let event = try event(id, cache: cache, tx), event.roomNumber == room else { return nil }
        return event
    }

    /// The event at a position.
    package static func event(at position: Int64, cache: EventCache?, _ tx: Transaction) throws -> StoredEvent? {
        guard let row = try tx.first("SELECT position, redacted_by FROM events WHERE position = ?", .int(position)) else {
            return nil
        }
        return try event(Place(row), cache: cache, tx)
    }

    /// The events at these positions, in this order; positions without an event are skipped.
    package static func events(
        at positions: some Sequence<Int64>, cache: EventCache?, _ tx: Transaction
    ) throws -> [StoredEvent] {
        let wanted = Array(positions)
        let found = try byPosition(wanted, cache: cache, tx)
        return wanted.compactMap { found[$0] }
    }

    /// The events at these positions, by position. Costs a query or two for all of them.
    package static func byPosition(
        _ positions: some Sequence<Int64>, cache: EventCache?, _ tx: Transaction
    ) throws -> [Int64: StoredEvent] {
        var result: [Int64: StoredEvent] = [:]
        let wanted = Array(positions)
        for start in stride(from: 0, to: wanted.count, by: listSize) {
            let part = wanted[start..<min(start + listSize, wanted.count)]
            try gather(part, into: &result, cache: cache, tx)
        }
        return result
    }

    private static func gather(
        _ positions: ArraySlice<Int64>, into result: inout [Int64: StoredEvent], cache: EventCache?, _ tx: Transaction
    ) throws {
        let list = SQLList(positions)
        let places = try tx.rows(
            "SELECT position, redacted_by FROM events WHERE position IN (\(list.marks))", arguments: list.arguments
        ).map(Place.init)
        var missing: [Int64] = []
        for place in places {
            if let event = cache?.event(at: place.position, redactedBy: place.redactedBy) {
                result[place.position] = event
            } else {
                missing.append(place.position)
            }
        }
        guard !missing.isEmpty else { return }
        let unopened = SQLList(missing)
        try tx.each("SELECT \(StoredEvent.columns) FROM events WHERE position IN (\(unopened.marks))", unopened.arguments) {
            row in
            let event = try StoredEvent(row, tx)
            cache?.keep(event)
            result[event.position] = event
        }
    }

    /// How many positions one statement names at most.
    private static let listSize = 128

    /// The position of an event in a room, without opening it.
    package static func position(of id: EventID, in room: Int64, _ tx: Transaction) throws -> Int64? {
        let row = try tx.first("SELECT position, room FROM events WHERE event_id = ?", .text(id.rawValue))
        guard let row, try row.int(1) == room else { return nil }
        return try row.int(0)
    }

    /// The position of the last event of a room at or before `upTo`.
    package static func last(in room: Int64, upTo: Int64, _ tx: Transaction) throws -> Int64? {
        try tx.first(
            "SELECT position FROM events WHERE room = ? AND position <= ? ORDER BY position DESC LIMIT 1", .int(room), .int(upTo))?
            .int(0)
    }
}

extension Timeline {
    private struct Place {
        let position: Int64
        let redactedBy: Int64?

        init(_ row: Record) throws {
            position = try row.int(0)
            redactedBy = try row.optionalInt(1)
        }
    }

    /// From this many on, missing events are read in one pass over the stretch they lie in.
    private static let passThreshold = 4

    private static func event(_ place: Place, cache: EventCache?, _ tx: Transaction) throws -> StoredEvent? {
        if let event = cache?.event(at: place.position, redactedBy: place.redactedBy) { return event }
        let row = try tx.first("SELECT \(StoredEvent.columns) FROM events WHERE position = ?", .int(place.position))
        guard let row else { return nil }
        let event = try StoredEvent(row, tx)
        cache?.keep(event)
        return event
    }

    private static func open(
        _ places: [Place], in room: Int64, cache: EventCache?, _ tx: Transaction
    ) throws -> [Int64: StoredEvent] {
        var opened: [Int64: StoredEvent] = [:]
        opened.reserveCapacity(places.count)
        var missing: [Place] = []
        for place in places {
            if let event = cache?.event(at: place.position, redactedBy: place.redactedBy) {
                opened[place.position] = event
            } else {
                missing.append(place)
            }
        }
        guard missing.count >= passThreshold else {
            for place in missing { opened[place.position] = try event(place, cache: cache, tx) }
            return opened
        }
        let positions = missing.map(\.position)
        let first = positions.min() ?? 0
        let last = positions.max() ?? 0
        try tx.each(
            "SELECT \(StoredEvent.columns) FROM events WHERE room = ? AND position >= ? AND position <= ? ORDER BY position",
            [.int(room), .int(first), .int(last)]
        ) { row in
            guard try opened[row.int(0)] == nil else { return }
            let event = try StoredEvent(row, tx)
            cache?.keep(event)
            opened[event.position] = event
        }
        return opened
    }
}
