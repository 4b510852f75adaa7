import Matrix
import Storage

/// The statements of the index.
enum IndexQueries {
    /// A segment's row, its directory still sealed.
    struct SegmentRow: Sendable {
        let segment: Int64
        let room: Int64
        let first: Int64
        let last: Int64
        let events: Int
        let directory: [UInt8]
    }

    /// The position up to which everything is indexed.
    static func position(_ tx: Transaction) throws -> Int64 {
        try tx.first("SELECT position FROM search_state WHERE id = 1")?.int(0) ?? 0
    }

    /// Moves that position.
    static func setPosition(_ position: Int64, _ tx: Transaction) throws {
        try tx.run("UPDATE search_state SET position = ? WHERE id = 1", .int(position))
    }

    /// The search key of a room; nil when there is none yet.
    /// - Throws: `StorageError.keyDestroyed`.
    static func key(of room: Int64, _ tx: Transaction) throws -> SearchKey? {
        try tx.first("SELECT sealed FROM search_keys WHERE room = ?", .int(room)).map {
            SearchKey(bytes: try tx.open($0.blob(0), .room(room), place: "search_keys/\(room)"))
        }
    }

    /// Keeps a new search key.
    static func insert(_ key: SearchKey, of room: Int64, _ tx: Transaction) throws {
        try tx.run(
            "INSERT INTO search_keys(room, sealed) VALUES (?, ?)", .int(room),
            .blob(try tx.seal(key.bytes, .room(room), place: "search_keys/\(room)")))
    }

    /// The segments of a room, oldest first.
    static func segments(of room: Int64, _ tx: Transaction) throws -> [SegmentRow] {
        try tx.rows(
            """
            SELECT segment, room, first_position, last_position, events, directory FROM search_segments
            WHERE room = ? ORDER BY last_position
            """, .int(room)
        ).map(row)
    }

    /// One segment that has something to be removed.
    static func segmentToTidy(_ tx: Transaction) throws -> SegmentRow? {
        try tx.first(
            """
            SELECT s.segment, s.room, s.first_position, s.last_position, s.events, s.directory
            FROM search_removals AS r JOIN search_segments AS s
            ON s.room = r.room AND s.first_position <= r.position AND s.last_position >= r.position LIMIT 1
            """
        ).map(row)
    }

    private static func row(_ record: Record) throws -> SegmentRow {
        try SegmentRow(
            segment: record.int(0), room: record.int(1), first: record.int(2), last: record.int(3), events: Int(record.int(4)),
            directory: record.blob(5))
    }

    /// The directory of a segment.
    static func directory(_ row: SegmentRow, _ tx: Transaction) throws -> [TokenTag] {
        let bytes = try tx.open(row.directory, .room(row.room), place: place(row.room, row.first, row.last, "directory"))
        guard let directory = SegmentDirectory.read(bytes) else { throw SearchError.damaged }
        return directory
    }

    /// Reads the postings of a block, all or those of one tag.
    static func read(
        _ block: Int, of row: SegmentRow, wanted: TokenTag? = nil, _ tx: Transaction, _ body: (TokenTag, Posting) -> Void
    ) throws {
        guard
            let record = try tx.first(
                "SELECT sealed FROM search_blocks WHERE segment = ? AND block = ?", .int(row.segment), .int(block))
        else { throw SearchError.damaged }
        let bytes = try tx.open(record.blob(0), .room(row.room), place: place(row.room, row.first, row.last, "\(block)"))
        guard BlockCodec.read(bytes, base: row.first, wanted: wanted, body) else { throw SearchError.damaged }
    }

    /// Writes a segment.
    static func insert(_ segment: SegmentBuilder.Segment, of room: Int64, _ tx: Transaction) throws {
        let directory = try tx.seal(
            SegmentDirectory.bytes(segment.directory), .room(room), place: place(room, segment.first, segment.last, "directory"))
        let row = try tx.first(
            """
            INSERT INTO search_segments(room, first_position, last_position, events, directory) VALUES (?, ?, ?, ?, ?)
            RETURNING segment
            """, .int(room), .int(segment.first), .int(segment.last), .int(segment.events), .blob(directory))
        guard let number = try row?.int(0) else { throw SearchError.damaged }
        for (block, bytes) in segment.blocks.enumerated() {
            try tx.run(
                "INSERT INTO search_blocks(segment, block, sealed) VALUES (?, ?, ?)", .int(number), .int(block),
                .blob(try tx.seal(bytes, .room(room), place: place(room, segment.first, segment.last, "\(block)"))))
        }
    }

    /// Takes a segment away.
    /// - Returns: whether it was there.
    static func delete(_ segment: Int64, _ tx: Transaction) throws -> Bool {
        try tx.run("DELETE FROM search_segments WHERE segment = ?", .int(segment)) == 1
    }

    /// Notes that the postings of an event have to go, if there can be any.
    static func insertRemoval(_ position: Int64, in room: Int64, _ tx: Transaction) throws {
        try tx.run(
            """
            INSERT INTO search_removals(room, position)
            SELECT room, ? FROM search_segments WHERE room = ? AND first_position <= ? AND last_position >= ?
            ON CONFLICT (room, position) DO NOTHING
            """, .int(position), .int(room), .int(position), .int(position))
    }

    /// The events of a stretch whose postings have to go.
    static func removals(in room: Int64, _ first: Int64, _ last: Int64, _ tx: Transaction) throws -> Set<Int64> {
        try Set(
            tx.rows(
                "SELECT position FROM search_removals WHERE room = ? AND position >= ? AND position <= ?", .int(room),
                .int(first),
                .int(last)
            ).map { try $0.int(0) })
    }

    /// The positions of the events that a room has in a stretch.
    static func events(in room: Int64, _ first: Int64, _ last: Int64, _ tx: Transaction) throws -> Set<Int64> {
        try Set(
            tx.rows(
                "SELECT position FROM events WHERE room = ? AND position >= ? AND position <= ? AND redacted_by IS NULL",
                .int(room), .int(first), .int(last)
            ).map { try $0.int(0) })
    }

    /// The postings of a stretch are gone.
    static func deleteRemovals(in room: Int64, _ positions: Set<Int64>, _ tx: Transaction) throws {
        for position in positions {
            try tx.run("DELETE FROM search_removals WHERE room = ? AND position = ?", .int(room), .int(position))
        }
    }

    /// Takes away everything but the keys, so that indexing begins anew.
    static func clear(_ tx: Transaction) throws {
        try tx.run("DELETE FROM search_blocks")
        try tx.run("DELETE FROM search_segments")
        try tx.run("DELETE FROM search_removals")
        try setPosition(0, tx)
    }

    private static func place(_ room: Int64, _ first: Int64, _ last: Int64, _ part: String) -> String {
        "search/\(room)/\(first)-\(last)/\(part)"
    }
}
