/// Gathers postings of one room, in any order, and makes the blocks of a segment of them.
struct SegmentBuilder {
    /// A finished segment, not yet sealed.
    struct Segment: Sendable {
        /// The positions of its first and last event.
        let first: Int64
        let last: Int64
        /// How many events it tells of.
        let events: Int
        /// The first tag of each block.
        let directory: [TokenTag]
        /// The plaintext of each block.
        let blocks: [[UInt8]]
    }

    private struct Item {
        let tag: TokenTag
        let posting: Posting
    }

    private var items: [Item] = []

    /// Nothing.
    init() {}

    /// Adds a posting.
    mutating func add(_ tag: TokenTag, _ posting: Posting) { items.append(Item(tag: tag, posting: posting)) }

    /// The segment of what was added. `first` and `last` bound its positions.
    mutating func segment(first: Int64, last: Int64, events: Int) -> Segment {
        items.sort { $0.tag != $1.tag ? $0.tag < $1.tag : $0.posting.position < $1.posting.position }
        var directory: [TokenTag] = []
        var blocks: [[UInt8]] = []
        var open: [UInt8] = []
        var start = 0
        while start < items.count {
            let tag = items[start].tag
            var end = start + 1
            while end < items.count, items[end].tag == tag, end - start < BlockCodec.mostPostings { end += 1 }
            if open.isEmpty { directory.append(tag) }
            BlockCodec.append(tag, items[start..<end].lazy.map(\.posting), base: first, to: &open)
            start = end
            if open.count >= BlockCodec.targetBytes {
                blocks.append(BlockCodec.closed(open))
                open.removeAll(keepingCapacity: true)
            }
        }
        if !open.isEmpty { blocks.append(BlockCodec.closed(open)) }
        return Segment(first: first, last: last, events: events, directory: directory, blocks: blocks)
    }
}

/// The directory of a segment: the first tag of each of its blocks.
enum SegmentDirectory {
    /// Its bytes.
    static func bytes(_ directory: [TokenTag]) -> [UInt8] {
        directory.flatMap { tag in stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: tag >> UInt64($0)) } }
    }

    /// Reads it back; nil when the bytes are none.
    static func read(_ bytes: [UInt8]) -> [TokenTag]? {
        guard bytes.count % 8 == 0 else { return nil }
        return stride(from: 0, to: bytes.count, by: 8).map { start in
            bytes[start..<(start + 8)].reduce(TokenTag(0)) { $0 << 8 | TokenTag($1) }
        }
    }

    /// The blocks that may hold a tag.
    static func blocks(of tag: TokenTag, in directory: [TokenTag]) -> Range<Int> {
        let from = directory.firstIndex { $0 >= tag } ?? directory.count
        let to = directory[from...].firstIndex { $0 > tag } ?? directory.count
        return max(0, from - 1)..<max(to, from)
    }
}
