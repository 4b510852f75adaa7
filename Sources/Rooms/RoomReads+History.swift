import Audit
import Matrix
import Storage

/// What somebody asks of `/messages`.
package struct MessagesWish: Sendable {
    /// Where to begin.
    package let from: HistoryToken?
    /// Where to stop.
    package let to: HistoryToken?
    /// Which way to read.
    package let direction: HistoryPage.Direction
    /// How many events at most.
    package let limit: Int
    /// Which events.
    package let selection: EventSelection

    /// A stretch of history: `from` and `to` may be left out, meaning the ends of what is visible.
    package init(
        from: HistoryToken?, to: HistoryToken?, _ direction: HistoryPage.Direction, limit: Int,
        selection: EventSelection = .everything
    ) {
        self.from = from
        self.to = to
        self.direction = direction
        self.limit = limit
        self.selection = selection
    }
}

/// The answer of `/messages`.
package struct MessagesPage: Sendable {
    /// The boundary before the first event.
    package let start: HistoryToken
    /// `nil` when there is nothing more to read.
    package let end: HistoryToken?
    /// The events, in the direction of reading.
    package let chunk: [ViewedEvent]
    /// The state that belongs to them.
    package let state: [ViewedEvent]
}

/// The answer of `/context`.
package struct EventContext: Sendable {
    /// The boundary before the first event.
    package let start: HistoryToken
    /// The boundary after the last event.
    package let end: HistoryToken
    /// Newest first.
    package let before: [ViewedEvent]
    /// The event asked for.
    package let event: ViewedEvent
    /// Oldest first.
    package let after: [ViewedEvent]
    /// The state that belongs to them.
    package let state: [ViewedEvent]
}

extension RoomReads {
    /// A stretch of the history of a room.
    ///
    /// [Specification](https://spec.matrix.org/v1.16/client-server-api/#get_matrixclientv3roomsroomidmessages)
    package func messages(
        _ wish: MessagesWish, in roomID: RoomID, by requester: Requester, at now: Int64
    ) async throws -> MessagesPage {
        try await look(into: roomID, by: requester, at: now) { look in
            let tx = look.tx
            let selection = try look.selection(wish.selection)
            let page = try HistoryPage.read(
                look.reading, from: wish.from?.position, to: wish.to?.position, wish.direction, limit: wish.limit,
                cache: look.cache,
                tx, where: selection.matches)
            let start: HistoryToken
            switch wish.direction {
            case .backwards: start = try wish.from ?? HistoryToken(after: look.reading.end ?? tx.position())
            case .forwards: start = wish.from ?? HistoryToken(after: 0)
            }
            let members = selection.lazyLoadsMembers ? try look.members(sending: page.events) : []
            return MessagesPage(
                start: start, end: page.end.map(HistoryToken.init(after:)), chunk: try look.bundle(page.events),
                state: try look.view(members))
        }
    }

    /// An event, what came before and after it, and the state at the last event shown.
    ///
    /// [Specification](https://spec.matrix.org/v1.16/client-server-api/#get_matrixclientv3roomsroomidcontexteventid)
    package func context(
        of id: EventID, in roomID: RoomID, limit: Int, selection: EventSelection, by requester: Requester, at now: Int64
    ) async throws -> EventContext {
        try await look(into: roomID, by: requester, at: now) { look in
            let (reading, tx) = (look.reading, look.tx)
            let event = try look.event(id)
            let selection = try look.selection(selection)
            let before = try HistoryPage.read(
                reading, from: event.position - 1, .backwards, limit: limit / 2, cache: look.cache, tx, where: selection.matches
            ).events
            let after = try HistoryPage.read(
                reading, from: event.position, .forwards, limit: limit - limit / 2, cache: look.cache, tx,
                where: selection.matches
            ).events
            let last = after.last?.position ?? event.position
            let shown = before + [event] + after
            let state: [StoredEvent]
            if selection.lazyLoadsMembers {
                let member = tx.typeColumn("m.room.member")
                let rest = try StateQueries.entries(of: reading.room, at: last, tx).filter { $0.type != member }
                state =
                    try Timeline.events(at: rest.map(\.position).sorted(), cache: look.cache, tx) + look.members(sending: shown)
            } else {
                state = try StateQueries.at(reading.room, last, cache: look.cache, tx)
            }
            let viewed = try look.bundle(shown)
            return EventContext(
                start: HistoryToken(before: before.last?.position ?? event.position), end: HistoryToken(after: last),
                before: Array(viewed.prefix(before.count)), event: viewed[before.count],
                after: Array(viewed.dropFirst(before.count + 1)),
                state: try look.view(state.filter(selection.matches)))
        }
    }
}
