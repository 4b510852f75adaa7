import Matrix
import TestHouse
import Testing

@testable import Search

@Suite("Search: blocks and segments")
struct BlockCodecTests {
    @Test("what is written comes back, in blocks that are found through the directory")
    func comesBack() throws {
        var dice = Dice(3)
        for round in 0..<20 {
            var builder = SegmentBuilder()
            var expected: [TokenTag: [Posting]] = [:]
            var position: Int64 = 1_000
            let tags = (0..<(1 << (round % 11))).map { _ in TokenTag.random(in: 0...(.max), using: &dice) } + [0, .max]
            for _ in 0..<3_000 {
                position += Int64.random(in: 1...(round % 2 == 0 ? 3 : 1 << 40), using: &dice)
                let posting = Posting(position: position, mark: UInt8.random(in: 0...255, using: &dice))
                let tag = tags.randomElement(using: &dice) ?? 0
                builder.add(tag, posting)
                expected[tag, default: []].append(posting)
            }
            let segment = builder.segment(first: 1_000, last: position, events: 3_000)
            #expect(SegmentDirectory.read(SegmentDirectory.bytes(segment.directory)) == segment.directory)
            #expect(segment.directory.count == segment.blocks.count)
            for (tag, postings) in expected {
                var found: [Posting] = []
                for block in SegmentDirectory.blocks(of: tag, in: segment.directory) {
                    #expect(BlockCodec.read(segment.blocks[block], base: 1_000, wanted: tag) { found.append($1) })
                }
                #expect(found == postings)
            }
            var all: [TokenTag: [Posting]] = [:]
            for block in segment.blocks {
                #expect(BlockCodec.read(block, base: 1_000) { all[$0, default: []].append($1) })
            }
            #expect(all == expected)
        }
    }

    @Test("the size of a block tells little")
    func padding() {
        func size(_ count: Int) -> Int {
            var builder = SegmentBuilder()
            for position in 0..<count { builder.add(5, Posting(position: Int64(position), mark: 0)) }
            return builder.segment(first: 0, last: Int64(count), events: count).blocks[0].count
        }
        #expect(size(1) == size(20))
        #expect(size(1_000) % 1_024 == 0)
    }

    @Test("bytes that are no block are refused, never followed")
    func garbage() {
        var dice = Dice(11)
        var builder = SegmentBuilder()
        for position in 0..<50 { builder.add(TokenTag(position % 7), Posting(position: Int64(position), mark: 9)) }
        let good = builder.segment(first: 0, last: 50, events: 50).blocks[0]
        for _ in 0..<20_000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...4, using: &dice) {
                bytes[Int.random(in: bytes.indices, using: &dice)] = UInt8.random(in: 0...255, using: &dice)
            }
            if Bool.random(using: &dice) { bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &dice))) }
            _ = BlockCodec.read(bytes, base: 0) { _, _ in }
            _ = BlockCodec.read(bytes, base: 0, wanted: 3) { _, _ in }
        }
        #expect(!BlockCodec.read([], base: 0) { _, _ in })
        #expect(!BlockCodec.read([0, 0, 0, 9, 0], base: 0) { _, _ in })
    }

    @Test("a token of a page comes back, anything else is refused")
    func cursors() throws {
        for cursor in [
            SearchCursor(rank: 0, position: 0), SearchCursor(rank: 126, position: 1 << 53),
            SearchCursor(rank: 3, position: 7, group: .room(try .init(parsing: "!a_b:example.org"))),
            SearchCursor(rank: 3, position: 7, group: .sender(try .init(parsing: "@a_b:example.org"))),
        ] { #expect(try SearchCursor(parsing: cursor.description) == cursor) }
        for text in [
            "", "_", "1", "1_", "_1", "-1_2", "1_2_", "1_2_x", "1_2_rfoo", "1_2_s!a:b", "9999999999999999999_1", "１_2", "1_2_3",
        ] {
            #expect(throws: SearchError.badToken) { try SearchCursor(parsing: text) }
        }
    }
}
