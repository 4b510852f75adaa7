import Search

/// The state of the search index.
package struct AdminSearch: Codable, Sendable {
    /// Up to which position everything is indexed.
    package let indexed: Int64
    /// The newest position.
    package let newest: Int64
    /// How many rooms have an index.
    package let rooms: Int64
    /// In how many segments.
    package let segments: Int64
    /// How many events they tell of.
    package let events: Int64
    /// How many events wait to be taken out.
    package let removals: Int64

    /// Positions behind which the index is called behind: far more than one batch.
    private static let patience: Int64 = 50_000

    init(_ status: IndexCare.Status) {
        indexed = status.indexed
        newest = status.newest
        rooms = status.rooms
        segments = status.segments
        events = status.events
        removals = status.removals
    }

    /// Whether searches may miss old events for now.
    package var isBehind: Bool { newest - indexed > Self.patience }

    /// It in words.
    package var sentence: String {
        "The search index tells of \(events) events in \(rooms) rooms (\(segments) segments)"
            + (isBehind ? ", and \(newest - indexed) positions are still to be indexed; searches may miss events." : ".")
    }
}
