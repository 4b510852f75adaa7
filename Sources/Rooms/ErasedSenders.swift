import Matrix
import Storage

/// Hides what erased people said from those who were not there when they said it.
///
/// «Users which join the room after the erasure request are served redacted copies of the events sent by this account», and whoever
/// saw them before sees them still
/// ([specification](https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3accountdeactivate)).
struct ErasedSenders {
    /// The position of the erasure, by person.
    private let erasures: [Int64: Int64]
    private let reader: Int64?

    /// Those among the senders of these events who were erased; nil when there are none, as nearly always.
    init?(of events: some Sequence<StoredEvent>, for reader: UserID, _ tx: Transaction) throws {
        guard try tx.knowsErasures() else { return nil }
        var erasures: [Int64: Int64] = [:]
        for sender in Set(events.map(\.senderNumber)) { erasures[sender] = try tx.erasure(of: sender) }
        guard !erasures.isEmpty else { return nil }
        self.erasures = erasures
        self.reader = try tx.number(of: reader)
    }

    /// The event as its reader gets it.
    func shown(_ event: StoredEvent, _ tx: Transaction) throws -> StoredEvent {
        try hides(event, tx) ? event.pruned(tx) : event
    }

    /// Whether the event is one that its reader does not get to see any more. State other than memberships carries the room.
    func hides(_ event: StoredEvent, _ tx: Transaction) throws -> Bool {
        guard let erased = erasures[event.senderNumber], event.position < erased, event.redactedBy == nil,
            !event.isState || event.type == "m.room.member"
        else { return false }
        let history = try HistoryReader(room: event.roomNumber, user: reader, tx).upTo(erased)
        return !(history.memberships.contains { $0.value == .join } && history.maySee(event.position))
    }
}
