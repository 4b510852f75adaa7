import Matrix
import Rooms
import Storage

/// Which state events an answer gives besides the timeline.
struct StateSection {
    /// Where a state event lies.
    struct Entry {
        /// The type as its column has it.
        let type: String
        /// The tag of the state key.
        let tag: [UInt8]
        let position: Int64
    }

    /// Where they lie.
    var entries: [Entry] = []
    /// Whether members or the name changed in the stretch that the answer is about, so that the summary did too.
    var movesSummary = false

    private struct Change {
        let key: Key
        let position: Int64
        let replaces: Int64?
    }

    private struct Key: Hashable {
        let type: String
        let tag: [UInt8]
    }
}

extension StateSection.Entry {
    fileprivate init(_ entry: StateEntry) {
        self.init(type: entry.type, tag: entry.tag, position: entry.position)
    }
}

extension StateSection {
    /// The whole state, so that with the timeline applied to it, the state at `end` comes out.
    static func whole(
        of room: Int64, before window: TimelineWindow, upTo end: Int64, asOfEnd: Bool, _ tx: Transaction
    ) throws -> StateSection {
        var current = try StateQueries.entries(of: room, tx)
        if current.contains(where: { $0.position > end }) { current = try StateQueries.entries(of: room, at: end, tx) }
        if asOfEnd || !current.contains(where: { $0.position > window.boundary }) {
            return StateSection(entries: current.map(Entry.init))
        }
        let unchanged = current.filter { $0.position <= window.boundary }
        let changes = try changes(of: room, after: window.boundary, upTo: end, tx)
        return StateSection(entries: unchanged.map(Entry.init) + pick(changes, window, orBefore: window.boundary))
    }

    /// What changed since a position, so that with the timeline applied to it, the state at `end` comes out.
    static func delta(
        of room: Int64, since: Int64, before window: TimelineWindow, upTo end: Int64, asOfEnd: Bool, _ tx: Transaction
    ) throws -> StateSection {
        if window.isComplete {
            var section = StateSection()
            section.movesSummary = window.events.contains { $0.isState && summarised.contains($0.type) }
            guard asOfEnd else { return section }
            var latest: [Key: Int64] = [:]
            for event in window.events {
                guard let stateKey = event.stateKey else { continue }
                latest[Key(type: tx.typeColumn(event.type), tag: tx.tag(stateKey, .stateKey))] = event.position
            }
            section.entries = latest.map { Entry(type: $0.key.type, tag: $0.key.tag, position: $0.value) }
            return section
        }
        let changes = try changes(of: room, after: since, upTo: end, tx)
        var section = StateSection()
        section.movesSummary = changes.contains { summarised.contains($0.key.type) }
        if asOfEnd {
            var latest: [Key: Int64] = [:]
            for change in changes { latest[change.key] = change.position }
            section.entries = latest.map { Entry(type: $0.key.type, tag: $0.key.tag, position: $0.value) }
        } else {
            section.entries = pick(changes, window, orBefore: nil)
        }
        return section
    }

    /// The types of state that the summary of a room depends on.
    private static let summarised: Set<String> = ["m.room.member", "m.room.name", "m.room.canonical_alias"]

    private static func changes(of room: Int64, after: Int64, upTo: Int64, _ tx: Transaction) throws -> [Change] {
        try tx.rows(
            """
            SELECT type, state_tag, position, replaces FROM events
            WHERE room = ? AND position > ? AND position <= ? AND state_tag IS NOT NULL ORDER BY position
            """, .int(room), .int(after), .int(upTo)
        ).map { row in
            Change(
                key: Key(type: try row.text(0), tag: try row.blob(1)), position: try row.int(2),
                replaces: try row.optionalInt(3))
        }
    }

    /// Of each piece that changed: its last value before the timeline gives one. What the filter keeps out of the timeline
    /// counts as before it, since the client has no other way to learn of it.
    /// - Parameter boundary: where the value of before the stretch is wanted too, the beginning of the stretch.
    private static func pick(_ changes: [Change], _ window: TimelineWindow, orBefore boundary: Int64?) -> [Entry] {
        let given = Set(window.events.lazy.filter(\.isState).map(\.position))
        var picked: [Key: Int64] = [:]
        var settled: Set<Key> = []
        var met: Set<Key> = []
        for change in changes {
            if met.insert(change.key).inserted, let boundary, let replaced = change.replaces, replaced <= boundary {
                picked[change.key] = replaced
            }
            if given.contains(change.position) { settled.insert(change.key) }
            if !settled.contains(change.key) { picked[change.key] = change.position }
        }
        return picked.map { Entry(type: $0.key.type, tag: $0.key.tag, position: $0.value) }
    }
}
