import Matrix
import Storage

/// To which thread an event belongs.
///
/// [Specification](https://spec.matrix.org/v1.16/client-server-api/#threaded-read-receipts)
package struct ThreadPlace: Sendable, Equatable {
    /// The root of the thread that the event is in; `nil` for the main timeline.
    package let root: EventID?
    /// The event itself and what it relates to, as far as it was followed: a thread's root is found here too.
    package let relatedTo: [EventID]

    /// How many relations are followed at most.
    private static let hops = 3

    /// Finds the thread of an event by following its relations.
    package init(of event: StoredEvent, cache: EventCache?, _ tx: Transaction) throws {
        var seen = [event.eventID]
        var current = event
        for _ in 0..<Self.hops {
            guard let relation = try current.content["m.relates_to"], let kind = relation["rel_type"]?.string,
                let parent = Self.eventID(relation["event_id"]?.string)
            else { break }
            seen.append(parent)
            if kind == "m.thread" {
                root = parent
                relatedTo = seen
                return
            }
            guard let next = try Timeline.event(parent, in: event.roomNumber, cache: cache, tx) else { break }
            current = next
        }
        root = nil
        relatedTo = seen
    }

    /// Whether a receipt for the event may name this thread.
    package func admits(_ thread: ReceiptThread) -> Bool {
        switch thread {
        case .unthreaded: true
        case .main: root == nil
        case .root(let id): root == id || (root == nil && relatedTo.contains(id))
        }
    }

    private static func eventID(_ text: String?) -> EventID? {
        guard let text else { return nil }
        // A relation to something that is no event ID is no relation.
        return try? EventID(parsing: text)
    }
}
