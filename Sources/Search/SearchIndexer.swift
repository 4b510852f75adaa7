import Logging
import Matrix
import Rooms
import Storage
import Synchronization

/// Follows what was committed and keeps the index of every room behind it: nothing of this happens while somebody sends.
///
/// A step reads a batch, makes its postings outside of any transaction and writes them together with the position up to which
/// everything is indexed. A process that dies in between has lost nothing but the work of one batch. Only one step may run at
/// a time; ``run()`` is the service.
package final class SearchIndexer: Sendable {
    /// How a batch is cut.
    package struct Limits: Sendable {
        /// Events in a batch.
        package var events = 256
        /// Positions that a batch goes over at most.
        package var positions: Int64 = 20_000
        /// Positions that are not worth a write of their own.
        package var idlePositions: Int64 = 4_096
        /// Events that a segment tells of at most.
        package var segmentEvents = 16_384

        /// What a server starts with.
        package init() {}
    }

    /// What is read of the order of everything.
    static let types = SearchField.allCases.map(\.eventType) + ["m.room.redaction"]

    private let store: Store
    private let limits: Limits
    private let logger: Logger

    /// An indexer of a store.
    package init(store: Store, limits: Limits = Limits(), logger: Logger = Logger(label: "conclave.search")) {
        self.store = store
        self.limits = limits
        self.logger = logger
    }

    /// Keeps indexing until the task is cancelled. Catches up in batches with a breath between them, then looks every second.
    package func run() async {
        while !Task.isCancelled {
            var pause = Duration.seconds(1)
            do {
                if try await step() { pause = .milliseconds(10) }
            } catch {
                logger.warning("indexing failed, next try soon", metadata: ["error": "\(type(of: error))"])
                pause = .seconds(10)
            }
            // Cancellation is the one way in which sleep fails, and the loop ends then.
            try? await Task.sleep(for: pause)
        }
    }

    /// Indexes one batch, or tidies one segment when everything is indexed.
    /// - Returns: whether there is more to do.
    @discardableResult
    package func step() async throws -> Bool {
        let limits = limits
        let batch = try await store.read { tx in try IndexBatch(limits, tx) }
        guard let batch else { return try await tidy() }
        if batch.unreadable > 0 {
            logger.error("events could not be opened and are not indexed", metadata: ["events": "\(batch.unreadable)"])
        }
        var segments: [IndexBatch.Written] = []
        for room in batch.rooms {
            segments.append(room.written())
            await Task.yield()
        }
        let written = segments
        return try await unlessOutdated { tx in
            // Somebody may have ordered the index to be made anew since.
            guard try IndexQueries.position(tx) == batch.start else { throw SearchError.outdated }
            for room in written { try room.store(tx) }
            for removal in batch.removals { try IndexQueries.insertRemoval(removal.position, in: removal.room, tx) }
            try IndexQueries.setPosition(batch.end, tx)
        }
    }

    /// Indexes everything that there is now.
    package func catchUp() async throws {
        while try await step() {}
    }

    /// Writes one segment anew without what was taken back.
    private func tidy() async throws -> Bool {
        let room = try await store.read { tx in
            try IndexQueries.segmentToTidy(tx).map { try IndexBatch.RoomPart(tidying: $0, tx) }
        }
        guard let room else { return false }
        let written = room.written()
        return try await unlessOutdated { tx in try written.store(tx) }
    }

    /// Writes; what was read for it may have been taken away since, and then it is to be read again.
    private func unlessOutdated(_ body: @escaping @Sendable (Transaction) throws -> Void) async throws -> Bool {
        do { try await store.write(body) } catch SearchError.outdated {}
        return true
    }
}

/// One batch of events, read and ready to be indexed.
struct IndexBatch: Sendable {
    /// An event to be taken out of the index.
    struct Removal: Sendable, Hashable {
        let room: Int64
        let position: Int64
    }

    /// Where it begins: the position up to which everything was indexed when it was read.
    let start: Int64
    /// Where it ends.
    let end: Int64
    /// What there is of each room.
    let rooms: [RoomPart]
    /// What was taken back after it was indexed.
    let removals: [Removal]
    /// How many events did not open.
    let unreadable: Int

    /// The next batch; nil when everything is indexed.
    init?(_ limits: SearchIndexer.Limits, _ tx: Transaction) throws {
        start = try IndexQueries.position(tx)
        let newest = try tx.position()
        guard newest > start else { return nil }
        let stretch = try Timeline.following(
            start, upTo: min(newest, start + limits.positions), types: SearchIndexer.types, limit: limits.events, tx)
        end = stretch.end
        unreadable = stretch.unreadable
        // Receipts and account data move the position as well; for them alone nothing need be written.
        if stretch.events.isEmpty, unreadable == 0, end - start < limits.idlePositions { return nil }
        var removals: [Removal] = []
        var events: [Int64: [StoredEvent]] = [:]
        for event in stretch.events {
            if event.type == "m.room.redaction" {
                guard let id = try event.redacts, let target = try Timeline.event(id, in: event.roomNumber, cache: nil, tx),
                    target.position <= start, SearchField(type: target.type) != nil
                else { continue }
                removals.append(Removal(room: event.roomNumber, position: target.position))
            } else {
                events[event.roomNumber, default: []].append(event)
            }
        }
        self.removals = removals
        rooms = try events.sorted { $0.key < $1.key }.compactMap { room, events in
            do { return try RoomPart(room, events, limits, tx) } catch StorageError.keyDestroyed { return nil }
        }
    }

    /// What is to be written of one room: new events, and the youngest segments, which are folded into the new one so that
    /// there never are many small ones.
    struct RoomPart: Sendable {
        /// An event to be indexed.
        struct Subject: Sendable {
            let position: Int64
            let sender: Int64
            let field: SearchField
            let text: SearchText
        }

        let room: Int64
        let events: [Subject]
        let key: SearchKey
        let isNewKey: Bool
        let folded: [IndexQueries.SegmentRow]
        let old: SegmentBuilder
        let removed: Set<Int64>

        init?(_ room: Int64, _ events: [StoredEvent], _ limits: SearchIndexer.Limits, _ tx: Transaction) throws {
            let events = try events.compactMap { event in
                try event.searchable().map {
                    Subject(position: event.position, sender: event.senderNumber, field: $0.field, text: $0.text)
                }
            }
            guard !events.isEmpty else { return nil }
            var count = events.count
            var folded: [IndexQueries.SegmentRow] = []
            for segment in try IndexQueries.segments(of: room, tx).reversed() {
                guard segment.events <= 2 * count, segment.events + count <= limits.segmentEvents else { break }
                folded.append(segment)
                count += segment.events
            }
            let known = try IndexQueries.key(of: room, tx)
            try self.init(room, events, key: known ?? .random(), isNewKey: known == nil, folding: folded.reversed(), tx)
        }

        init(tidying segment: IndexQueries.SegmentRow, _ tx: Transaction) throws {
            guard let key = try IndexQueries.key(of: segment.room, tx) else { throw SearchError.damaged }
            try self.init(segment.room, [], key: key, isNewKey: false, folding: [segment], tx)
        }

        private init(
            _ room: Int64, _ events: [Subject], key: SearchKey, isNewKey: Bool, folding folded: [IndexQueries.SegmentRow],
            _ tx: Transaction
        ) throws {
            self.room = room
            self.events = events
            self.key = key
            self.isNewKey = isNewKey
            self.folded = folded
            var removed: Set<Int64> = []
            for segment in folded { removed.formUnion(try IndexQueries.removals(in: room, segment.first, segment.last, tx)) }
            // What retention has deleted since is left out as well.
            let kept =
                try folded.first.map { try IndexQueries.events(in: room, $0.first, folded.last?.last ?? $0.last, tx) } ?? []
            var old = SegmentBuilder()
            for segment in folded {
                for block in try IndexQueries.directory(segment, tx).indices {
                    try IndexQueries.read(block, of: segment, tx) { tag, posting in
                        if !removed.contains(posting.position), kept.contains(posting.position) { old.add(tag, posting) }
                    }
                }
            }
            self.old = old
            self.removed = removed
        }

        /// Makes the segment.
        func written() -> Written {
            var builder = old
            var tags: [SearchText.Scalars: TokenTag] = [:]
            for event in events {
                builder.add(key.tag(sender: event.sender), Posting(position: event.position, field: event.field, weight: 0))
                for (token, weight) in SearchTokens(event.text).weights {
                    let tag = tags[token] ?? key.tag(token)
                    tags[token] = tag
                    builder.add(tag, Posting(position: event.position, field: event.field, weight: weight))
                }
            }
            let first = folded.first?.first ?? events.first?.position ?? 0
            let last = events.last?.position ?? folded.last?.last ?? first
            let count = max(1, folded.reduce(events.count) { $0 + $1.events } - removed.count)
            return Written(
                room: room, newKey: isNewKey ? key : nil, replaces: folded.map(\.segment), removed: removed,
                segment: builder.segment(first: first, last: last, events: count))
        }
    }

    /// A finished segment and what it takes the place of.
    struct Written: Sendable {
        let room: Int64
        let newKey: SearchKey?
        let replaces: [Int64]
        let removed: Set<Int64>
        let segment: SegmentBuilder.Segment

        /// Puts it into the tables; does nothing when the room was erased or the index cleared since.
        func store(_ tx: Transaction) throws {
            do {
                for old in replaces { guard try IndexQueries.delete(old, tx) else { throw SearchError.outdated } }
                if let newKey { try IndexQueries.insert(newKey, of: room, tx) }
                if !segment.blocks.isEmpty { try IndexQueries.insert(segment, of: room, tx) }
                try IndexQueries.deleteRemovals(in: room, removed, tx)
            } catch StorageError.keyDestroyed {
                // An erased room has nothing to be found.
            }
        }
    }
}

extension StoredEvent {
    /// The event that a redaction takes back, wherever the room's version keeps its ID.
    fileprivate var redacts: EventID? {
        get throws {
            let parsed = try parsed
            guard let text = parsed["content"]?["redacts"]?.string ?? parsed["redacts"]?.string else { return nil }
            // An ID that is none names no event.
            return try? EventID(parsing: text)
        }
    }
}
