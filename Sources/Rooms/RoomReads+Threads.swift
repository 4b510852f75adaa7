import Audit
import Matrix
import Storage

/// What somebody asks of `/threads`.
package struct ThreadsWish: Sendable {
    /// Whether only threads are wanted in which the reader wrote something.
    package var participatedOnly = false
    /// Where to go on.
    package var from: HistoryToken?
    /// How many threads at most.
    package var limit: Int

    /// All threads of a room.
    package init(limit: Int) { self.limit = limit }
}

/// The answer of `/threads`.
package struct ThreadsPage: Sendable {
    /// The events at which the threads begin, that with the latest message first.
    package let roots: [ViewedEvent]
    /// `nil` on the last page.
    package let next: HistoryToken?
}

extension RoomReads {
    /// The threads of a room, that with the latest message first.
    ///
    /// [Specification](https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1roomsroomidthreads)
    package func threads(
        in roomID: RoomID, _ wish: ThreadsWish, by requester: Requester, at now: Int64
    ) async throws -> ThreadsPage {
        try await look(into: roomID, by: requester, at: now) { look in
            let tx = look.tx
            let ignored = try look.ignored()
            let rows = try RelationQueries.threads(
                in: look.reading.room, wish, for: look.reading.user, ignoring: ignored.compactMap { try tx.number(of: $0) },
                look.sight, tx)
            let page = rows.prefix(wish.limit)
            let roots = try Timeline.events(at: page.map(\.root), cache: look.cache, tx).map { root in
                // As if the reader's own client had put the thread together out of what it was sent.
                try !root.isState && ignored.contains(root.sender) ? root.pruned(tx) : root
            }
            let next = rows.count > page.count ? page.last.map { HistoryToken(before: $0.latest) } : nil
            return ThreadsPage(roots: try look.bundle(roots), next: next)
        }
    }
}

extension RelationQueries {
    /// One more than the wish's limit of threads: where each begins and where its latest event lies.
    static func threads(
        in room: Int64, _ wish: ThreadsWish, for reader: Int64?, ignoring ignored: [Int64], _ sight: Sight, _ tx: Transaction
    ) throws -> [(root: Int64, latest: Int64)] {
        let ignored = SQLList(ignored.prefix(mostIgnored))
        let participation = "(events.sender = ? OR MAX(CASE WHEN relations.sender = ? THEN 1 ELSE 0 END) = 1)"
        let own: [SQLValue] = wish.participatedOnly ? [.int(reader ?? -1), .int(reader ?? -1)] : []
        return try tx.rows(
            """
            SELECT relations.parent, MAX(relations.child) AS latest
            FROM relations JOIN events ON events.position = relations.parent
            WHERE relations.room = ? AND relations.kind = 'm.thread' AND \(sight.clause("relations.child"))
            AND \(sight.clause("relations.parent"))\(ignored.arguments.isEmpty ? "" : " AND relations.sender NOT IN (\(ignored.marks))")
            GROUP BY relations.parent, events.sender
            HAVING MAX(relations.child) <= ?\(wish.participatedOnly ? " AND \(participation)" : "")
            ORDER BY latest DESC LIMIT ?
            """,
            arguments: [.int(room)] + sight.arguments + sight.arguments + ignored.arguments
                + [.int(wish.from?.position ?? .max)] + own + [.int(Int64(wish.limit + 1))]
        ).map { (try $0.int(0), try $0.int(1)) }
    }

    /// How many names a statement leaves out at most.
    static let mostIgnored = 5_000
}
