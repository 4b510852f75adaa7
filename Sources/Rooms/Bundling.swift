import Matrix
import Storage

/// How events are bundled with what relates to them, for one reader of one room. A page costs a query, whatever its length,
/// and a few more for what was found.
///
/// Only what the reader may see counts, and nothing of those that he ignores.
///
/// [Specification](https://spec.matrix.org/v1.19/client-server-api/#aggregations-of-child-events)
package struct Bundling: Sendable {
    private let sight: Sight
    private let ignored: Set<UserID>
    private let followsThreads: Bool

    /// Of this many references to one event, the later ones are left out.
    private static let mostReferences = 1_000
    /// How many events one statement names at most.
    private static let listSize = 200

    /// Bundling for a reader.
    /// - Parameters:
    ///   - sight: what the reader may see of the room.
    ///   - ignored: whom the reader ignores.
    package init(_ sight: Sight, ignoring ignored: Set<UserID>) {
        self.init(sight, ignoring: ignored, followsThreads: true)
    }

    private init(_ sight: Sight, ignoring ignored: Set<UserID>, followsThreads: Bool) {
        self.sight = sight
        self.ignored = ignored
        self.followsThreads = followsThreads
    }

    /// The bundles of those of the events that have one, by position. State events have none.
    func bundles(
        for events: [StoredEvent], viewer: EventViewer, history: HistoryReader?, cache: EventCache, _ tx: Transaction
    ) throws -> [Int64: Bundle] {
        let parents = Dictionary(events.lazy.filter { !$0.isState }.map { ($0.position, $0) }) { first, _ in first }
        var found = Found()
        let positions = parents.keys.sorted()
        for start in stride(from: 0, to: positions.count, by: Self.listSize) {
            let part = Array(positions[start..<min(start + Self.listSize, positions.count)])
            try find(part, parents, into: &found, tx)
        }
        guard !found.isEmpty else { return [:] }
        let related = try Timeline.byPosition(
            Set(found.edits.values).union(found.threads.values.map(\.latest)), cache: cache, tx)
        // An event of a thread begins none itself, so this ends after one step.
        let inner = Bundling(sight, ignoring: ignored, followsThreads: false)
        let latest = found.threads.values.compactMap { related[$0.latest] }
        let viewedLatest = try Self.byPosition(
            viewer.view(latest, history: history, bundling: followsThreads ? inner : nil, cache: cache, tx))
        let edits = found.edits.values.compactMap { related[$0] }
        let viewedEdits = try Self.byPosition(viewer.view(edits, history: history, cache: cache, tx))
        var bundles: [Int64: Bundle] = [:]
        for (position, parent) in parents {
            let thread = found.threads[position].flatMap { tally in
                viewedLatest[tally.latest].map {
                    Bundle.Thread(
                        latest: $0, count: tally.count,
                        participated: parent.sender == viewer.user || tally.senders.contains(viewer.user))
                }
            }
            let bundle = Bundle(
                replacement: found.edits[position].flatMap { viewedEdits[$0] }, thread: thread,
                references: found.references[position] ?? [])
            if !bundle.isEmpty { bundles[position] = bundle }
        }
        return bundles
    }

    private func find(_ positions: [Int64], _ parents: [Int64: StoredEvent], into found: inout Found, _ tx: Transaction) throws {
        var edited: [Int64] = []
        var referred: Set<Int64> = []
        for tally in try RelationQueries.tallies(beneath: positions, sight, tx) {
            let sender = try tx.user(tally.sender)
            guard !ignored.contains(sender) else { continue }
            switch tally.kind {
            case RelationKind.replace.rawValue:
                // What was taken back stays so, whatever it was changed to.
                if parents[tally.parent]?.redactedBy == nil { edited.append(tally.parent) }
            case RelationKind.thread.rawValue where followsThreads:
                found.threads[tally.parent, default: Found.Thread()].add(tally, by: sender)
            case RelationKind.reference.rawValue: referred.insert(tally.parent)
            default: break
            }
        }
        if !edited.isEmpty { found.edits.merge(try RelationQueries.latestEdits(of: edited, sight, tx)) { first, _ in first } }
        guard !referred.isEmpty else { return }
        for reference in try RelationQueries.references(to: referred.sorted(), most: Self.mostReferences, sight, tx)
        where try !ignored.contains(tx.user(reference.sender)) {
            found.references[reference.parent, default: []].append(reference.event)
        }
    }

    private static func byPosition(_ events: [ViewedEvent]) -> [Int64: ViewedEvent] {
        Dictionary(events.map { ($0.event.position, $0) }) { first, _ in first }
    }

    /// Where what relates to a page of events lies.
    private struct Found {
        struct Thread {
            var latest: Int64 = 0
            var count = 0
            var senders: Set<UserID> = []

            mutating func add(_ tally: RelationQueries.Tally, by sender: UserID) {
                latest = max(latest, tally.latest)
                count += tally.count
                senders.insert(sender)
            }
        }

        var edits: [Int64: Int64] = [:]
        var threads: [Int64: Thread] = [:]
        var references: [Int64: [EventID]] = [:]

        var isEmpty: Bool { edits.isEmpty && threads.isEmpty && references.isEmpty }
    }
}
