import Storage

/// What may be a hit, before its event is opened.
struct Candidate: Sendable {
    /// The position of the event.
    let position: Int64
    /// The number of its room.
    let room: Int64
    /// How well it fits; the sum of weights.
    let rank: Int
}

/// Asks the index of one room.
struct RoomIndex {
    private let room: Int64
    private let segments: [IndexQueries.SegmentRow]
    private let key: SearchKey

    /// The index of a room; nil when nothing of it is indexed, or nothing can be asked any more.
    init?(_ room: Int64, _ tx: Transaction) throws {
        segments = try IndexQueries.segments(of: room, tx)
        guard !segments.isEmpty else { return nil }
        do {
            guard let key = try IndexQueries.key(of: room, tx) else { return nil }
            self.key = key
        } catch StorageError.keyDestroyed { return nil }
        self.room = room
    }

    /// The events that have all tokens of a query, oldest first.
    /// - Parameter senders: only events of these people, where given.
    func candidates(
        _ query: SearchQuery, fields: Set<SearchField>, senders: [Int64]?, upTo end: Int64, _ tx: Transaction
    ) throws -> [Candidate] {
        let parts = query.parts.map { $0.tokens.map(key.tag(_:)) }
        let from = senders.map { $0.map(key.tag(sender:)) }
        var found: [Candidate] = []
        for segment in segments where segment.first <= end {
            guard let hits = try hits(in: segment, parts, from, tx) else { continue }
            for hit in hits where hit.position <= end {
                guard let field = hit.field, fields.contains(field) else { continue }
                found.append(Candidate(position: hit.position, room: room, rank: hit.rank))
            }
        }
        return found
    }

    private struct Hit {
        let position: Int64
        let field: SearchField?
        var rank: Int
        /// The least weight of the part that is being looked up.
        var least: UInt8
    }

    private func hits(
        in segment: IndexQueries.SegmentRow, _ parts: [[TokenTag]], _ senders: [TokenTag]?, _ tx: Transaction
    ) throws -> [Hit]? {
        let look = try SegmentLook(segment, tx)
        var hits: [Hit]?
        for tags in parts {
            var isFirst = true
            for tag in tags {
                let postings = try look.postings(of: tag)
                if postings.isEmpty { return nil }
                hits =
                    hits.map { Self.joined($0, postings, beginsPart: isFirst) }
                    ?? postings.map { Hit(position: $0.position, field: $0.field, rank: 0, least: $0.weight) }
                if hits?.isEmpty ?? true { return nil }
                isFirst = false
            }
            hits = hits?.map { hit in
                var hit = hit
                hit.rank += Int(hit.least)
                return hit
            }
        }
        guard let senders else { return hits }
        var sent: Set<Int64> = []
        for tag in senders { sent.formUnion(try look.postings(of: tag).map(\.position)) }
        return hits?.filter { sent.contains($0.position) }
    }

    private static func joined(_ hits: [Hit], _ postings: [Posting], beginsPart: Bool) -> [Hit] {
        var result: [Hit] = []
        var at = 0
        for hit in hits {
            while at < postings.count, postings[at].position < hit.position { at += 1 }
            guard at < postings.count else { break }
            guard postings[at].position == hit.position else { continue }
            var kept = hit
            kept.least = beginsPart ? postings[at].weight : min(hit.least, postings[at].weight)
            result.append(kept)
        }
        return result
    }
}

/// Looks tokens up in a segment.
private struct SegmentLook {
    private let segment: IndexQueries.SegmentRow
    private let directory: [TokenTag]
    private let tx: Transaction

    init(_ segment: IndexQueries.SegmentRow, _ tx: Transaction) throws {
        self.segment = segment
        directory = try IndexQueries.directory(segment, tx)
        self.tx = tx
    }

    /// Where a token stands, in order of position.
    func postings(of tag: TokenTag) throws -> [Posting] {
        var postings: [Posting] = []
        for block in SegmentDirectory.blocks(of: tag, in: directory) {
            try IndexQueries.read(block, of: segment, wanted: tag, tx) { postings.append($1) }
        }
        return postings
    }
}
