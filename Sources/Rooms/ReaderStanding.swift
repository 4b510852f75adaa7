import Storage

/// How far one person has read in one room, and what its events are to him before `attention` is looked at.
struct ReaderStanding {
    /// The position of the furthest receipt by thread; the empty name is the unthreaded one.
    var receipts: [String: Int64] = [:]
    private var bases: [(position: Int64, isSilent: Bool)] = []

    init(_ room: Int64, _ user: Int64, _ tx: Transaction) throws {
        let rows = try tx.rows(
            """
            SELECT thread, MAX(event_position), NULL FROM receipts WHERE room = ? AND "user" = ? GROUP BY thread
            UNION ALL SELECT '', position, silent FROM push_bases WHERE room = ? AND "user" = ? ORDER BY 2
            """, .int(room), .int(user), .int(room), .int(user))
        for row in rows {
            if let silent = try row.optionalInt(2) {
                bases.append((try row.int(1), silent != 0))
            } else {
                receipts[try row.text(0)] = try row.int(1)
            }
        }
    }

    /// A stretch of the history, cut where the base changes.
    func segments(after: Int64, upTo: Int64) -> [(after: Int64, upTo: Int64, isSilent: Bool)] {
        var result: [(after: Int64, upTo: Int64, isSilent: Bool)] = []
        var (start, isSilent) = (after, false)
        for base in bases {
            // A base holds from its position on, so the event before it is the last of the base before.
            let end = min(base.position - 1, upTo)
            if end > start {
                result.append((start, end, isSilent))
                start = end
            }
            isSilent = base.isSilent
        }
        if upTo > start { result.append((start, upTo, isSilent)) }
        return result
    }

    /// Whether an event notifies this person only where `attention` says so.
    func isSilent(at position: Int64) -> Bool {
        bases.last { $0.position <= position }?.isSilent ?? false
    }
}
