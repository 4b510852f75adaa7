import Matrix
import Rooms
import Storage

extension SlidingPass {
    /// Tells of an invitation or a knock; returns whether that is news.
    mutating func appendOutside(_ room: Wanted, _ sent: SentRoom?, to rooms: inout JSONWriter) throws -> Bool {
        let row = room.row
        let isDirect = personal.direct.contains(row.room)
        if let sent, sent.membership == row.membership, row.position <= sent.position, sent.isDirect == isDirect { return false }
        let place = try place(of: room, since: nil)
        guard let events = try base.strippedEvents(of: place) else { return false }
        var result = SlidingRoom(room, place.roomID)
        result.isInitial = sent?.membership != row.membership
        result.bump = row.position
        result.stripped = events
        if sent?.isDirect ?? false != isDirect { result.isDirect = isDirect }
        var now = SentRoom(membership: row.membership, position: mark.position)
        now.isDirect = isDirect
        now.data = sent?.data
        next.rooms[row.room] = now
        try base.append(result, of: place, to: &rooms)
        return true
    }

    /// Tells that the reader left or was put out, and what happened up to then; returns whether that is news.
    mutating func appendOut(_ room: Wanted, _ sent: SentRoom?, to rooms: inout JSONWriter) throws -> Bool {
        let row = room.row
        if let sent, sent.membership == row.membership, row.position <= sent.position { return false }
        let before = rooms
        do {
            if try MembershipQueries.membership(user, row.room, tx) != nil {
                return try appendDeparture(room, sent, to: &rooms)
            }
        } catch StorageError.keyDestroyed {
            rooms = before
        }
        // The room was purged since, and with it everything that could be told.
        next.rooms[row.room] = nil
        return false
    }

    private mutating func appendDeparture(_ room: Wanted, _ sent: SentRoom?, to rooms: inout JSONWriter) throws -> Bool {
        let row = room.row
        let place = try place(of: room, since: sent?.position)
        var result = SlidingRoom(room, place.roomID)
        result.bump = row.position
        let history = try HistoryReader(room: row.room, user: user, tx).upTo(mark.position)
        // Who was joined at some time sees the room as it was when he stopped being it.
        let departure = row.isForgotten ? nil : history.departure
        var window = TimelineWindow(emptyAt: row.position)
        var state: [StoredEvent] = []
        if let departure {
            let isNews = departure > sent?.position ?? 0
            let known = sent.flatMap { place.standing.before == .join || !isNews ? $0.position : nil }
            result.isInitial = known == nil
            base.request.filter.timeline.events.limit = room.detail.limit
            window = try base.timeline(of: row.room, place.roomID, after: known ?? 0, upTo: departure, history: history)
            let section =
                try known.map {
                    try StateSection.delta(
                        of: row.room, since: $0, before: window, upTo: departure, asOfEnd: true, tx)
                } ?? StateSection.whole(of: row.room, before: window, upTo: departure, asOfEnd: true, tx)
            let wanted = selector(room.detail.state)
            var positions = Set(section.entries.lazy.filter { wanted.admits(type: $0.type, $0.tag) }.map(\.position))
            if room.detail.state.loadsMembersLazily {
                positions.formUnion(try neededMembers(row.room, window, upTo: departure, isNew: known == nil))
            }
            state = try Timeline.events(at: positions.sorted(), cache: base.engine.cache, tx)
        } else {
            result.isInitial = sent == nil
        }
        try addFate(of: place, isInside: departure == row.position, to: &window, &state)
        result.state = state
        if room.detail.limit > 0 {
            result.window = window
            result.live = from.map { from in window.events.count { $0.position > from.mark.position } } ?? 0
        }
        var now = SentRoom(membership: row.membership, position: mark.position)
        now.data = sent?.data
        next.rooms[row.room] = row.wasRemoved ? now : nil
        // Once this is told, no list has the room any more.
        if !row.isListed { for list in room.lists { next.counts[list, default: 1] -= 1 } }
        try base.append(result, of: place, to: &rooms)
        return true
    }

    /// Adds the reader's own member event: the one thing that he always hears of.
    private func addFate(
        of place: RoomCase, isInside: Bool, to window: inout TimelineWindow, _ state: inout [StoredEvent]
    ) throws {
        guard let own = try Timeline.event(at: place.standing.position, cache: base.engine.cache, tx) else { return }
        if !isInside {
            window.events.append(own)
            if window.events.count == 1, !window.isLimited { window.boundary = own.position - 1 }
        }
        state.removeAll { $0.type == SyncPass.memberType && $0.stateKey == own.stateKey }
        state.append(own)
    }

    private func place(of room: Wanted, since: Int64?) throws -> RoomCase {
        RoomCase(
            number: room.row.room, roomID: try tx.room(room.row.room), standing: try standing(room.row, since: since),
            events: true, receipts: false, typing: false)
    }
}
