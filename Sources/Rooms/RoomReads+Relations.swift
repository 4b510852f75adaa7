import Audit
import Matrix
import Storage

/// What somebody asks of `/relations`.
package struct RelationsWish: Sendable {
    /// Only relations of this kind, where given.
    package var kind: RelationKind?
    /// Only events of this type, where given.
    package var type: String?
    /// Where to begin.
    package var from: HistoryToken?
    /// Where to stop.
    package var to: HistoryToken?
    /// Which way to read.
    package var direction = HistoryPage.Direction.backwards
    /// How many events at most.
    package var limit: Int
    /// Whether what relates to related events is wanted too.
    package var recurses = false

    /// Everything that relates to an event, newest first.
    package init(limit: Int) { self.limit = limit }
}

/// The answer of `/relations`.
package struct RelationsPage: Sendable {
    /// The events, in the direction of reading.
    package let chunk: [ViewedEvent]
    /// `nil` when there is nothing more to read.
    package let next: HistoryToken?

    /// How many steps of relations are followed.
    package static let depth = 3
}

extension RoomReads {
    /// The events that relate to an event.
    ///
    /// [Specification](https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1roomsroomidrelationseventid)
    /// - Throws: ``RoomReadError/eventNotFound`` when the event is not there or not for this reader.
    package func relations(
        of id: EventID, in roomID: RoomID, _ wish: RelationsWish, by requester: Requester, at now: Int64
    ) async throws -> RelationsPage {
        try await look(into: roomID, by: requester, at: now, orElse: .eventNotFound) { look in
            let parent = try look.event(id)
            let tx = look.tx
            let found = try RelationQueries.children(
                of: parent.position, wish, ignoring: look.ignored().compactMap { try tx.number(of: $0) }, look.sight, tx)
            let page = Array(found.prefix(wish.limit))
            var next: HistoryToken?
            if found.count > page.count, let last = page.last {
                next = wish.direction == .backwards ? HistoryToken(before: last) : HistoryToken(after: last)
            }
            return RelationsPage(chunk: try look.bundle(Timeline.events(at: page, cache: look.cache, tx)), next: next)
        }
    }
}

extension RelationQueries {
    /// Where what relates to an event lies: one more than the wish's limit, in its direction.
    static func children(
        of parent: Int64, _ wish: RelationsWish, ignoring ignored: [Int64], _ sight: Sight, _ tx: Transaction
    ) throws -> [Int64] {
        let ignored = SQLList(ignored.prefix(mostIgnored))
        var filter = ""
        var filterArguments: [SQLValue] = []
        if let kind = wish.kind {
            filter += " AND relations.kind = ?"
            filterArguments.append(.text(kind.column(tx)))
        }
        if let type = wish.type {
            filter += " AND relations.type = ?"
            filterArguments.append(.text(tx.typeColumn(type)))
        }
        let isBackwards = wish.direction == .backwards
        let low = (isBackwards ? wish.to : wish.from)?.position ?? 0
        let high = (isBackwards ? wish.from : wish.to)?.position ?? .max
        let unwanted =
            ignored.arguments.isEmpty
            ? "" : " AND (events.state_tag IS NOT NULL OR related.sender NOT IN (\(ignored.marks)))"
        // A relation leads back in time and no event has two, so the steps cannot run in a circle.
        return try tx.rows(
            """
            WITH RECURSIVE related(child, sender, depth) AS (
                SELECT relations.child, relations.sender, 1 FROM relations WHERE relations.parent = ?\(filter)
                UNION ALL
                SELECT relations.child, relations.sender, related.depth + 1
                FROM related JOIN relations ON relations.parent = related.child WHERE related.depth < ?\(filter)
            )
            SELECT related.child FROM related JOIN events ON events.position = related.child
            WHERE related.child > ? AND related.child <= ? AND \(sight.clause("related.child"))\(unwanted)
            ORDER BY related.child \(isBackwards ? "DESC" : "ASC") LIMIT ?
            """,
            arguments: [.int(parent)] + filterArguments + [.int(wish.recurses ? Int64(RelationsPage.depth) : 1)] + filterArguments
                + [.int(low), .int(high)] + sight.arguments + ignored.arguments + [.int(Int64(wish.limit + 1))]
        ).map { try $0.int(0) }
    }
}
