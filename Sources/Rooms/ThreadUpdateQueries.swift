import Matrix
import Storage

/// Which threads are looked for: those of the rooms that somebody is joined to, in which something was said.
package struct ThreadSearch: Sendable {
    /// Whose rooms they are.
    let reader: Int64
    /// What was said up to this position is known.
    let after: Int64
    /// What was said after this position is left to another search.
    let end: Int64
    /// How many threads at most.
    let limit: Int
    /// Only threads whose last event does not lie after this position.
    package var latest = Int64.max
    /// Only these rooms; nil for all of them.
    package var rooms: [Int64]?
    /// By room, after which position the reader is given every event anyway: threads with nothing new before it are left out.
    package var shown: [Int64: Int64] = [:]

    /// All threads with `after < position <= upTo` of an event, that with the latest event first.
    package init(of reader: Int64, after: Int64, upTo end: Int64, limit: Int) {
        self.reader = reader
        self.after = after
        self.end = end
        self.limit = limit
    }
}

extension RoomsSchema {
    /// Finds what was said in threads of a room since a position.
    static let threadOrder = Migration(
        "rooms/0006 threads by their latest events",
        "CREATE INDEX relations_recent ON relations(room, child, parent, sender) WHERE kind = 'm.thread'")
}

/// The statements of what is new in threads.
enum ThreadUpdateQueries {
    /// A thread and what of it is new.
    struct Row {
        let room: Int64
        /// Where the event lies at which it begins.
        let parent: Int64
        let root: EventID
        /// Where the latest event lies.
        let latest: Int64
        /// How many events are new.
        let count: Int
    }

    /// The rooms that the reader is joined to in which something was said in a thread.
    static func rooms(_ search: ThreadSearch, _ tx: Transaction) throws -> [Int64] {
        var filter = ""
        var arguments: [SQLValue] = []
        if let rooms = search.rooms, rooms.count <= roomsAtOnce {
            guard !rooms.isEmpty else { return [] }
            let list = SQLList(rooms)
            arguments = list.arguments
            filter = " AND memberships.room IN (\(list.marks))"
        }
        let found = try tx.rows(
            """
            SELECT memberships.room FROM memberships WHERE memberships."user" = ? AND memberships.membership = 'join'\(filter)
            AND EXISTS (
                SELECT 1 FROM relations WHERE relations.room = memberships.room AND relations.kind = 'm.thread'
                AND relations.child > ? AND relations.child <= ?)
            """, arguments: [.int(search.reader)] + arguments + [.int(search.after), .int(search.end)]
        ).map { try $0.int(0) }
        guard let rooms = search.rooms, arguments.isEmpty else { return found }
        let wanted = Set(rooms)
        return found.filter(wanted.contains)
    }

    /// One more than the limit of threads, that with the latest event first. Counts what the reader sees and wants, of threads
    /// whose beginning he sees.
    static func threads(
        _ search: ThreadSearch, _ sights: [Int64: Sight], ignoring ignored: [Int64], _ tx: Transaction
    ) throws -> [Row] {
        var found: [Row] = []
        var stretches: [Stretch] = []
        for (room, sight) in sights {
            stretches += Stretch.all(of: sight, in: room, search)
            guard stretches.count >= stretchesAtOnce else { continue }
            found += try threads(search, stretches, ignoring: ignored, tx)
            stretches = []
        }
        if !stretches.isEmpty { found += try threads(search, stretches, ignoring: ignored, tx) }
        return Array(found.sorted { $0.latest > $1.latest }.prefix(search.limit + 1))
    }

    private static func threads(
        _ search: ThreadSearch, _ stretches: [Stretch], ignoring ignored: [Int64], _ tx: Transaction
    ) throws -> [Row] {
        // Filled up like an SQLList, so that there are few texts of the statement.
        let missing = SQLList.size(for: stretches.count) - stretches.count
        let stretches = stretches + Array(repeating: Stretch.empty, count: missing)
        let ignored = SQLList(ignored.prefix(RelationQueries.mostIgnored))
        let unwanted = ignored.arguments.isEmpty ? "" : " AND relations.sender NOT IN (\(ignored.marks))"
        return try tx.rows(
            """
            WITH seen(room, low, high, root_low, root_high, shown) AS (
                VALUES \(stretches.map { _ in "(?, ?, ?, ?, ?, ?)" }.joined(separator: ", ")))
            SELECT found.room, found.parent, events.event_id, found.latest, found.news FROM (
                SELECT relations.room AS room, relations.parent AS parent, MAX(relations.child) AS latest, COUNT(*) AS news
                FROM seen CROSS JOIN relations
                WHERE relations.room = seen.room AND relations.kind = 'm.thread'
                AND relations.child BETWEEN seen.low AND seen.high
                AND relations.parent BETWEEN seen.root_low AND seen.root_high\(unwanted)
                GROUP BY relations.room, relations.parent
                HAVING MAX(relations.child) <= ? AND MIN(relations.child) <= MAX(seen.shown)
                ORDER BY latest DESC LIMIT ?
            ) AS found JOIN events ON events.position = found.parent ORDER BY found.latest DESC
            """,
            arguments: stretches.flatMap(\.arguments) + ignored.arguments
                + [.int(search.latest), .int(Int64(search.limit + 1))]
        ).map {
            Row(
                room: try $0.int(0), parent: try $0.int(1), root: try EventID(parsing: $0.text(2)), latest: try $0.int(3),
                count: Int(try $0.int(4)))
        }
    }

    /// How many rooms one statement names.
    private static let roomsAtOnce = 256
    /// From how many stretches on a statement is run.
    private static let stretchesAtOnce = 1_000
}

/// A stretch of a room's history in which new events of threads are seen, and one in which these threads begin.
private struct Stretch {
    let arguments: [SQLValue]

    /// Nothing of any room.
    static let empty = Stretch(0, 1...1, 1...1, shown: 0)

    private init(_ room: Int64, _ new: ClosedRange<Int64>, _ roots: ClosedRange<Int64>, shown: Int64) {
        arguments = [room, new.lowerBound, new.upperBound, roots.lowerBound, roots.upperBound, shown].map(SQLValue.int)
    }

    /// Each stretch that a reader sees with each that is not later: nearly always one.
    static func all(of sight: Sight, in room: Int64, _ search: ThreadSearch) -> [Stretch] {
        let seen = sight.stretches.suffix(mostStretches)
        var result: [Stretch] = []
        for new in seen where new.upperBound > search.after {
            let news = max(new.lowerBound, search.after + 1)...new.upperBound
            for roots in seen where roots.lowerBound <= new.lowerBound {
                result.append(Stretch(room, news, roots, shown: search.shown[room] ?? .max))
            }
        }
        return result
    }

    /// Of more stretches than this the older ones are as if hidden.
    private static let mostStretches = 20
}
