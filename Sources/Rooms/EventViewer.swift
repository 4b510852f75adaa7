import Matrix
import Storage

/// Whose eyes an event is prepared for: decides what goes into its `unsigned`.
package struct EventViewer: Sendable {
    /// The reader.
    package let user: UserID
    /// The device that asks; the sending device is told its transaction IDs.
    package let device: String?
    /// Now, in milliseconds; the age of an event counts from its `origin_server_ts`.
    package let now: Int64

    /// A reader.
    package init(user: UserID, device: String?, now: Int64) {
        self.user = user
        self.device = device
        self.now = now
    }

    /// Whether the content of an event is kept from its reader because its sender was erased.
    package func hidesContent(of event: StoredEvent, _ tx: Transaction) throws -> Bool {
        try ErasedSenders(of: [event], for: user, tx)?.hides(event, tx) ?? false
    }

    /// Prepares events of one room; what they replaced and what redacted them is fetched together.
    /// - Parameters:
    ///   - history: the reader's; without it the membership at the event is left out.
    ///   - bundling: with it the events carry what relates to them, where the specification wants that.
    package func view(
        _ events: [StoredEvent], history: HistoryReader?, bundling: Bundling? = nil, cache: EventCache, _ tx: Transaction
    ) throws -> [ViewedEvent] {
        let wanted = Set(events.flatMap { [$0.replaces, $0.redactedBy].compactMap(\.self) })
        let related = wanted.isEmpty ? [:] : try Timeline.byPosition(wanted, cache: cache, tx)
        let erased = try ErasedSenders(of: events, for: user, tx)
        let bundles = try bundling?.bundles(for: events, viewer: self, history: history, cache: cache, tx) ?? [:]
        return try events.map { event in
            var parts = UnsignedParts()
            parts.age = max(0, now - event.originServerTS)
            parts.membership = history.map { $0.membership(after: event.position) ?? .leave }
            parts.previous = event.replaces.flatMap { related[$0] }
            // An event that ran out by itself names itself as what emptied it.
            parts.redactedBecause = event.redactedBy.flatMap { $0 == event.position ? nil : related[$0] }
            parts.relations = bundles[event.position]
            if let transaction = event.transaction, event.sender == user, transaction.device == device {
                parts.transactionID = transaction.id
            }
            if let erased {
                if let previous = parts.previous, try erased.hides(previous, tx) { parts.previous = nil }
                return ViewedEvent(event: try erased.shown(event, tx), unsigned: parts)
            }
            return ViewedEvent(event: event, unsigned: parts)
        }
    }
}

/// An event with what its reader is told besides.
package struct ViewedEvent: Sendable {
    /// The event as it is stored.
    package let event: StoredEvent
    /// What its reader is told besides.
    package let unsigned: UnsignedParts

    /// Writes the event as an element of an answer; `/sync` leaves `room_id` out.
    package func append(to writer: inout JSONWriter, roomID: RoomID?) throws {
        try event.append(to: &writer, roomID: roomID, unsigned: unsigned)
    }
}

extension JSONWriter {
    /// Writes a member that lists events.
    package mutating func memberEvents(_ key: String, _ events: [ViewedEvent], roomID: RoomID?) throws {
        try memberArray(key) { list in
            for event in events { try event.append(to: &list, roomID: roomID) }
        }
    }
}
