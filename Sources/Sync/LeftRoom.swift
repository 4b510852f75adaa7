import Matrix
import Rooms
import Storage

extension SyncPass {
    /// Writes a room that the reader left or was removed from: what happened up to then; returns whether there was anything to tell.
    func appendLeft(_ room: RoomCase, _ data: [AccountDatum], to rooms: inout JSONWriter) throws -> Bool {
        let standing = room.standing
        guard since == nil || standing.changed || request.wantsFullState else { return false }
        let history = try HistoryReader(room: room.number, user: request.number, tx).upTo(mark.position)
        // Who was joined at some time sees the room as it was when he stopped being it.
        let departure = standing.isForgotten ? nil : history.departure
        let isNews = since.map { departure ?? 0 > $0.position } ?? true
        var window = TimelineWindow(emptyAt: standing.position)
        var state: [StoredEvent] = []
        if let departure, isNews || request.wantsFullState {
            // A device that was told of the room gets what changed, any other begins anew.
            let known = since.flatMap { standing.before == .join || !isNews ? $0.position : nil }
            window = try timeline(of: room.number, room.roomID, after: known ?? 0, upTo: departure, history: history)
            if known == nil, since != nil { window.isLimited = true }
            let whole = known == nil || request.wantsFullState
            let section =
                try whole
                ? StateSection.whole(of: room.number, before: window, upTo: departure, asOfEnd: request.usesStateAfter, tx)
                : StateSection.delta(
                    of: room.number, since: known ?? 0, before: window, upTo: departure, asOfEnd: request.usesStateAfter, tx)
            state = try stateEvents(
                section, of: room, window, start: request.usesStateAfter ? departure : window.boundary,
                wish: memberWish(window, nil, isWhole: whole))
        }
        if (departure ?? 0) < standing.position { try appendFate(of: room, to: &window, &state) }
        let data = data.filter { request.filter.roomAccountData.admits($0.type, in: room.roomID) }
        try rooms.memberObject(room.roomID.rawValue) { section in
            try append(window, of: room, to: &section)
            try append(state: state, to: &section)
            section.memberObject("account_data") { $0.memberArray("events") { list in data.forEach { list.raw($0.event) } } }
        }
        return true
    }

    /// Adds what became of the reader after he left, or without his ever having been inside: he always hears of that.
    private func appendFate(of room: RoomCase, to window: inout TimelineWindow, _ state: inout [StoredEvent]) throws {
        guard let own = try Timeline.event(at: room.standing.position, cache: engine.cache, tx) else { return }
        let filter = request.filter.timeline
        let isTold = try room.standing.changed && filter.admits(room: room.roomID.rawValue) && filter.admits(own)
        if isTold {
            window.events.append(own)
            if window.events.count == 1, !window.isLimited { window.boundary = own.position - 1 }
        }
        guard request.usesStateAfter || !isTold else { return }
        state.removeAll { $0.type == Self.memberType && $0.stateKey == own.stateKey }
        if try request.filter.state.admits(own) { state.append(own) }
    }
}
