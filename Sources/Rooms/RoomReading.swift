import Matrix
import Storage

/// The proof that somebody may look into a room, and how far.
///
/// Joined people read by history visibility; people who left read up to their leave; anybody reads what is world readable. An
/// unknown room and a closed one answer alike.
package struct RoomReading: Sendable {
    /// The room.
    package let roomID: RoomID
    /// Its number.
    package let room: Int64
    /// The reader; `nil` for somebody the server has no number for.
    package let user: Int64?
    /// What of the history the reader may see.
    package let history: HistoryReader
    /// Up to where the reader's view of the room goes: the leave of somebody who left; `nil` for the present.
    package let end: Int64?

    private init(roomID: RoomID, room: Int64, user: Int64?, history: HistoryReader, end: Int64?) {
        self.roomID = roomID
        self.room = room
        self.user = user
        self.history = history
        self.end = end
    }

    /// Opens a room for a reader; throws ``RoomReadError/notVisible``.
    package init(_ roomID: RoomID, for user: Int64?, _ tx: Transaction) throws {
        guard let room = try tx.number(of: roomID) else { throw RoomReadError.notVisible }
        let history = try HistoryReader(room: room, user: user, tx)
        let row = try user.flatMap { try MembershipQueries.membership($0, room, tx) }
        if row?.membership == .join || history.currentVisibility == .worldReadable {
            self.init(roomID: roomID, room: room, user: user, history: history, end: nil)
        } else if let departure = history.departure, row?.forgotten != true {
            self.init(roomID: roomID, room: room, user: user, history: history, end: departure)
        } else {
            throw RoomReadError.notVisible
        }
    }

    /// Whether the reader is joined now.
    package var isJoined: Bool { history.currentMembership == .join }

    /// Where the state lies that the reader sees: the room's, or what it was at the leave.
    package func entries(_ tx: Transaction) throws -> [StateEntry] {
        if let end { try StateQueries.entries(of: room, at: end, tx) } else { try StateQueries.entries(of: room, tx) }
    }

    /// The state that the reader sees.
    package func state(cache: EventCache, _ tx: Transaction) throws -> [StoredEvent] {
        if let end {
            try StateQueries.at(room, end, cache: cache, tx)
        } else {
            try StateQueries.current(room, cache: cache, tx)
        }
    }

    /// One piece of that state.
    package func state(_ type: String, _ stateKey: String, cache: EventCache, _ tx: Transaction) throws -> StoredEvent? {
        if let end {
            try StateQueries.at(room, type, stateKey, end, cache: cache, tx)
        } else {
            try StateQueries.current(room, type, stateKey, cache: cache, tx)
        }
    }

    /// An event of the room, if it is there and may be seen; throws ``RoomReadError/eventNotFound``.
    package func event(_ id: EventID, cache: EventCache, _ tx: Transaction) throws -> StoredEvent {
        guard let event = try Timeline.event(id, in: room, cache: cache, tx), history.maySee(event.position) else {
            throw RoomReadError.eventNotFound
        }
        return event
    }
}
