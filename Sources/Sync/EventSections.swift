import Matrix
import Rooms
import Storage

extension SyncPass {
    /// Writes the timeline of a room.
    func append(_ window: TimelineWindow, of room: RoomCase, to section: inout JSONWriter) throws {
        try section.memberObject("timeline") { timeline in
            try append(window, of: room, as: "events", to: &timeline)
            timeline.member("limited", window.isLimited)
            timeline.member("prev_batch", SyncToken.page(window.boundary))
        }
    }

    /// Writes the state of a room, under the name that the client asked for.
    func append(state: [StoredEvent], to section: inout JSONWriter) throws {
        try section.memberObject(request.usesStateAfter ? "state_after" : "state") { try append(state, as: "events", to: &$0) }
    }

    /// Writes a list of state events as a member of an object.
    func append(_ state: [StoredEvent], as name: String, to object: inout JSONWriter) throws {
        try object.memberArray(name) { list in
            for event in state {
                var parts = UnsignedParts()
                parts.age = max(0, now - event.originServerTS)
                parts.redactedBecause = try event.redactedBy.flatMap {
                    try Timeline.event(at: $0, cache: engine.cache, tx)
                }
                try append(event, parts, to: &list)
            }
        }
    }

    /// Writes the events of a timeline as a member of an object.
    func append(_ window: TimelineWindow, of room: RoomCase, as name: String, to object: inout JSONWriter) throws {
        let history = try membershipReader(room, window)
        // A device that gets every event puts together itself what relates to what.
        let bundling = window.isLimited ? history.map { Bundling(Sight($0, upTo: mark.position), ignoring: ignored) } : nil
        let viewed = try viewer.view(window.events, history: history, bundling: bundling, cache: engine.cache, tx)
        try object.memberArray(name) { list in
            for view in viewed { try append(view.event, view.unsigned, to: &list) }
        }
    }

    /// Splices an event, or the parts of it that the filter names.
    private func append(_ event: StoredEvent, _ unsigned: UnsignedParts, to list: inout JSONWriter) throws {
        if request.filter.format == .federation { return list.raw(try federationBytes(of: event)) }
        guard let fields = request.filter.fields else { return try event.append(to: &list, roomID: nil, unsigned: unsigned) }
        var whole = JSONWriter(capacity: event.client.count + 128)
        try event.append(to: &whole, roomID: nil, unsigned: unsigned)
        list.raw(fields.pick(from: try JSON(parsing: whole.bytes, limits: .request)))
    }

    /// The event as other servers would get it; few ask for that, so it is read from the database each time.
    private func federationBytes(of event: StoredEvent) throws -> [UInt8] {
        let row = try tx.first("SELECT sealed FROM events WHERE position = ?", .int(event.position))
        guard let row,
            let record = EventRecord(
                bytes: try tx.open(row.blob(0), .room(event.roomNumber), place: "events/\(event.eventID.rawValue)"))
        else { throw RoomReadError.damaged }
        return record.federation
    }

    /// What tells the reader's membership at each event; without a query where it was the same for all of them.
    private func membershipReader(_ room: RoomCase, _ window: TimelineWindow) throws -> HistoryReader? {
        guard let first = window.events.first else { return nil }
        if room.standing.membership == .join, room.standing.position < first.position || room.standing.stayedJoined {
            return HistoryReader(memberships: [.init(position: 0, value: .join)], visibilities: [])
        }
        return try HistoryReader(room: room.number, user: request.number, tx)
    }
}
