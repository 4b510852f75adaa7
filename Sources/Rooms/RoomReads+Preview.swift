import Audit
import Matrix
import Storage

/// A room at a glance, for somebody who may look into it without being in it.
package struct RoomPreview: Sendable {
    /// The room's number.
    package let room: Int64
    /// The reader's place in it.
    package let membership: Membership?
    /// The boundary before the first message, when there are earlier ones.
    package let start: HistoryToken?
    /// The boundary after the last message.
    package let end: HistoryToken
    /// The last messages, oldest first.
    package let messages: [ViewedEvent]
    /// The state that the reader sees.
    package let state: [ViewedEvent]
    /// Whether the room stands in the directory.
    package let isPublished: Bool
    /// The last position that all of this goes by.
    package let position: Int64
}

extension RoomReads {
    /// A room with its last messages.
    ///
    /// [Specification](https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomidinitialsync)
    package func preview(
        of roomID: RoomID, limit: Int, by requester: Requester, at now: Int64
    ) async throws -> RoomPreview {
        try await look(into: roomID, by: requester, at: now) { look in
            let (reading, tx) = (look.reading, look.tx)
            let page = try HistoryPage.read(
                reading, from: nil, .backwards, limit: limit, cache: look.cache, tx, where: look.selection(.everything).matches)
            return RoomPreview(
                room: reading.room, membership: reading.history.currentMembership,
                start: page.end.map(HistoryToken.init(after:)), end: HistoryToken(after: try reading.end ?? tx.position()),
                messages: try look.view(page.events.reversed()), state: try look.view(reading.state(cache: look.cache, tx)),
                isPublished: try DirectoryQueries.isPublished(reading.room, tx) ?? false, position: try tx.position())
        }
    }

    /// What happened in a room after a boundary that its reader may see, oldest first.
    package func news(
        of roomID: RoomID, after from: HistoryToken?, limit: Int, by requester: Requester, at now: Int64
    ) async throws -> (room: Int64, events: [ViewedEvent], start: HistoryToken, end: HistoryToken) {
        try await look(into: roomID, by: requester, at: now) { look in
            let (reading, tx) = (look.reading, look.tx)
            let newest = try reading.end ?? tx.position()
            let start = from ?? HistoryToken(after: newest)
            guard start.position <= newest else { throw MatrixError.invalidParam("from is not a token of this server") }
            let page = try HistoryPage.read(
                reading, from: start.position, .forwards, limit: limit, cache: look.cache, tx,
                where: look.selection(.everything).matches)
            return (
                reading.room, try look.view(page.events), start, HistoryToken(after: page.end ?? newest)
            )
        }
    }

    /// An event by its ID alone; throws ``RoomReadError/eventNotFound`` for whatever reason it is not shown.
    package func event(_ id: EventID, by requester: Requester, at now: Int64) async throws -> (ViewedEvent, RoomID) {
        let cache = cache
        let roomID = try await store.read { tx in
            guard let event = try Timeline.event(id, cache: cache, tx) else { throw RoomReadError.eventNotFound }
            return try tx.room(event.roomNumber)
        }
        return (try await event(id, in: roomID, by: requester, at: now), roomID)
    }
}
