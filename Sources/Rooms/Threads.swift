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

    /// Finds the thread of an event: where it was put when it arrived, and to what it relates if that is the main timeline.
    package init(of event: StoredEvent, cache: EventCache?, _ tx: Transaction) throws {
        root = try ThreadQueries.root(at: event.position, in: event.roomNumber, tx).flatMap(Self.eventID)
        var seen = [event.eventID]
        var current = event
        for _ in 0..<Self.hops where root == nil {
            guard let relation = try current.content["m.relates_to"], relation["rel_type"]?.string != nil,
                let parent = Self.eventID(relation["event_id"]?.string)
            else { break }
            seen.append(parent)
            guard let next = try Timeline.event(parent, in: event.roomNumber, cache: cache, tx) else { break }
            current = next
        }
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
