import Matrix

/// What relates to an event, in short: the `m.relations` of its `unsigned`.
///
/// [Specification](https://spec.matrix.org/v1.19/client-server-api/#aggregations-of-child-events)
package final class Bundle: Sendable {
    /// The thread that begins at the event.
    package struct Thread: Sendable {
        /// The newest of its events, seen by the reader.
        package let latest: ViewedEvent
        /// How many events it has, without the root.
        package let count: Int
        /// Whether the reader sent the root or one of them.
        package let participated: Bool
    }

    /// The event's latest edit.
    package let replacement: ViewedEvent?
    /// The thread that begins at the event.
    package let thread: Thread?
    /// The events that refer to it, oldest first.
    package let references: [EventID]

    init(replacement: ViewedEvent?, thread: Thread?, references: [EventID]) {
        self.replacement = replacement
        self.thread = thread
        self.references = references
    }

    var isEmpty: Bool { replacement == nil && thread == nil && references.isEmpty }

    /// Writes the members of `m.relations`; the events in it have the form of the event that they belong to.
    func append(to writer: inout JSONWriter, roomID: RoomID?) throws {
        if let replacement {
            writer.key("m.replace")
            try replacement.append(to: &writer, roomID: roomID)
        }
        if let thread {
            try writer.memberObject("m.thread") { object in
                object.key("latest_event")
                try thread.latest.append(to: &object, roomID: roomID)
                object.member("count", thread.count)
                object.member("current_user_participated", thread.participated)
            }
        }
        if !references.isEmpty {
            writer.memberObject("m.reference") { object in
                object.memberArray("chunk") { list in
                    for event in references { list.object { $0.member("event_id", event.rawValue) } }
                }
            }
        }
    }
}
