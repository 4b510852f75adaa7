import Matrix

@testable import Search

/// Bytes that are no block are refused, whatever is cut up can be found, and a token of a page comes back.
func fuzzSearch(_ bytes: [UInt8]) {
    var tags: [TokenTag: [Posting]] = [:]
    if BlockCodec.read(bytes, base: 0, { tags[$0, default: []].append($1) }) {
        var builder = SegmentBuilder()
        for (tag, postings) in tags { for posting in postings { builder.add(tag, posting) } }
        let segment = builder.segment(first: 0, last: .max, events: 1)
        var again: [TokenTag: [Posting]] = [:]
        for block in segment.blocks {
            promise(BlockCodec.read(block, base: 0) { again[$0, default: []].append($1) }, "what was written is a block")
        }
        promise(again.mapValues(\.count) == tags.mapValues(\.count), "postings come back")
    }
    if let directory = SegmentDirectory.read(bytes), let tag = directory.first {
        promise(SegmentDirectory.bytes(directory) == bytes, "a directory comes back")
        _ = SegmentDirectory.blocks(of: tag, in: directory)
    }
    let text = String(decoding: bytes, as: UTF8.self)
    if let cursor = try? SearchCursor(parsing: text) {
        promise(try SearchCursor(parsing: cursor.description) == cursor, "a token of a page comes back")
    }
    let cut = SearchText(text)
    let query = SearchQuery(cut)
    if !query.parts.isEmpty {
        promise(query.matches(cut), "a text is found by itself")
        promise(query.rank(of: cut) >= query.parts.count, "what is found has a rank")
        let tokens = SearchTokens(cut).weights
        promise(query.parts.allSatisfy { $0.tokens.allSatisfy { tokens[$0] != nil } }, "what is searched for is indexed")
    }
}
