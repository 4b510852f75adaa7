import Matrix

/// What somebody wants to hear of in `/sync`.
///
/// [Specification](https://spec.matrix.org/v1.16/client-server-api/#filtering)
package struct SyncFilter: Sendable, Equatable {
    /// The form in which events are wanted.
    package enum Format: String, Sendable { case client, federation }

    /// The parts of events to keep, as paths; nil keeps all.
    package var fields: EventFields?
    /// The form of events.
    package var format = Format.client
    /// Which presence is wanted.
    package var presence = EventFilter()
    /// Which global account data is wanted.
    package var accountData = EventFilter()
    /// Which rooms are wanted, before the filters below.
    package var rooms = RoomEventFilter()
    /// Whether rooms that were left are wanted.
    package var includesLeft = false
    /// Which typing and receipts are wanted.
    package var ephemeral = RoomEventFilter()
    /// Which state is wanted.
    package var state = RoomEventFilter()
    /// Which of the timeline is wanted.
    package var timeline = RoomEventFilter()
    /// Which account data of rooms is wanted.
    package var roomAccountData = RoomEventFilter()

    /// Wants everything.
    package init() {}

    /// Whether anything of this room is wanted.
    func admits(room: String) -> Bool { rooms.admits(room: room) }
}
