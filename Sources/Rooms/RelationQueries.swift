import Matrix
import Storage

/// The statements of relations between events.
enum RelationQueries {
    /// What a new relation is judged by: the event that it points at.
    struct Parent {
        let position: Int64
        let sender: Int64
        /// As its column has it.
        let type: String
        let isState: Bool
        /// The kind of the relation that the parent itself is in, as its column has it.
        let kind: String?
        /// The root of the thread that the parent is in.
        let thread: String?
    }

    /// The event that a relation points at, if it lies in this room.
    static func parent(_ id: EventID, in room: Int64, _ tx: Transaction) throws -> Parent? {
        try tx.first(
            """
            SELECT events.position, events.sender, events.type, events.state_tag IS NOT NULL, relations.kind, event_threads.root
            FROM events LEFT JOIN relations ON relations.child = events.position
            LEFT JOIN event_threads ON event_threads.room = events.room AND event_threads.position = events.position
            WHERE events.event_id = ? AND events.room = ?
            """, .text(id.rawValue), .int(room)
        ).map {
            try Parent(
                position: $0.int(0), sender: $0.int(1), type: $0.text(2), isState: $0.bool(3),
                kind: $0.optionalText(4), thread: $0.optionalText(5))
        }
    }

    static func insert(
        _ child: Int64, of parent: Int64, in room: Int64, kind: String, type: String, sender: Int64, counts: Bool,
        keyTag: [UInt8]?, _ tx: Transaction
    ) throws {
        try tx.run(
            """
            INSERT INTO relations(child, room, parent, kind, type, sender, counts, key_tag) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """, .int(child), .int(room), .int(parent), .text(kind), .text(type), .int(sender), SQLValue(counts),
            SQLValue(keyTag))
    }

    /// Whether an annotation with this tag is there.
    static func isAnnotated(_ keyTag: [UInt8], _ tx: Transaction) throws -> Bool {
        try tx.first("SELECT 1 FROM relations WHERE key_tag = ?", .blob(keyTag)) != nil
    }

    /// Breaks the relation of an event that was redacted.
    static func remove(_ child: Int64, _ tx: Transaction) throws {
        try tx.run("DELETE FROM relations WHERE child = ?", .int(child))
    }
}

extension RelationQueries {
    /// How one person contributed to the relations of one kind beneath one event.
    struct Tally {
        let parent: Int64
        let kind: String
        let sender: Int64
        let count: Int
        /// The position of the latest of them.
        let latest: Int64
    }

    /// Who contributed how much beneath these events, of what can be bundled.
    static func tallies(beneath parents: [Int64], _ sight: Sight, _ tx: Transaction) throws -> [Tally] {
        let parents = SQLList(parents)
        return try tx.rows(
            """
            SELECT parent, kind, sender, COUNT(*), MAX(child) FROM relations
            WHERE parent IN (\(parents.marks)) AND kind IN ('m.replace', 'm.thread', 'm.reference') AND counts = 1
            AND \(sight.clause("child")) GROUP BY parent, kind, sender
            """, arguments: parents.arguments + sight.arguments
        ).map {
            try Tally(
                parent: $0.int(0), kind: $0.text(1), sender: $0.int(2), count: Int($0.int(3)), latest: $0.int(4))
        }
    }

    /// The latest edit of each of these events: by time, and of two at the same time the one with the larger ID.
    static func latestEdits(of parents: [Int64], _ sight: Sight, _ tx: Transaction) throws -> [Int64: Int64] {
        let parents = SQLList(parents)
        let rows = try tx.rows(
            """
            SELECT parent, child FROM (
                SELECT relations.parent AS parent, relations.child AS child, ROW_NUMBER() OVER (
                    PARTITION BY relations.parent ORDER BY events.origin_ts DESC, events.event_id DESC) AS place
                FROM relations JOIN events ON events.position = relations.child
                WHERE relations.parent IN (\(parents.marks)) AND relations.kind = 'm.replace' AND relations.counts = 1
                AND \(sight.clause("relations.child"))
            ) AS edits WHERE place = 1
            """, arguments: parents.arguments + sight.arguments)
        return Dictionary(try rows.map { (try $0.int(0), try $0.int(1)) }) { first, _ in first }
    }

    /// The events that refer to each of these, oldest first, at most `most` each.
    static func references(
        to parents: [Int64], most: Int, _ sight: Sight, _ tx: Transaction
    ) throws -> [(parent: Int64, sender: Int64, event: EventID)] {
        let parents = SQLList(parents)
        return try tx.rows(
            """
            SELECT parent, sender, event_id FROM (
                SELECT relations.parent AS parent, relations.sender AS sender, events.event_id AS event_id,
                    relations.child AS child, ROW_NUMBER() OVER (PARTITION BY relations.parent ORDER BY relations.child) AS place
                FROM relations JOIN events ON events.position = relations.child
                WHERE relations.parent IN (\(parents.marks)) AND relations.kind = 'm.reference'
                AND \(sight.clause("relations.child"))
            ) AS found WHERE place <= ? ORDER BY child
            """, arguments: parents.arguments + sight.arguments + [.int(Int64(most))]
        ).map { (try $0.int(0), try $0.int(1), try EventID(parsing: $0.text(2))) }
    }
}

extension RelationKind {
    /// What the column of kinds holds: a kind of the specification in clear, any other as `~` and its tag.
    func column(_ tx: Transaction) -> String { isSpecified ? rawValue : "~" + Base64.encode(tx.tag(rawValue, .type)) }
}
