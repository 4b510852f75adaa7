import Audit
import Matrix
import Storage

/// What an operator does about the index: look how it is, and have it made anew.
package struct IndexCare: Sendable {
    /// How the index is.
    package struct Status: Sendable, Equatable {
        /// Up to which position everything is indexed.
        package let indexed: Int64
        /// The newest position.
        package let newest: Int64
        /// How many rooms have an index.
        package let rooms: Int64
        /// In how many segments.
        package let segments: Int64
        /// How many events they tell of.
        package let events: Int64
        /// How many events wait to be taken out.
        package let removals: Int64
    }

    private let store: Store

    /// Care for the index in a store.
    package init(store: Store) { self.store = store }

    /// How the index is.
    package func status() async throws -> Status {
        try await store.read { tx in
            let row = try tx.first("SELECT COUNT(DISTINCT room), COUNT(*), COALESCE(SUM(events), 0) FROM search_segments")
            return Status(
                indexed: try IndexQueries.position(tx), newest: try tx.position(), rooms: try row?.int(0) ?? 0,
                segments: try row?.int(1) ?? 0, events: try row?.int(2) ?? 0,
                removals: try tx.first("SELECT COUNT(*) FROM search_removals")?.int(0) ?? 0)
        }
    }

    /// Throws the index away; the indexer of the running server, or of the next start, makes it anew. Meanwhile searches look
    /// through the events themselves and find less.
    package func rebuild(by actor: AuditEntry.Actor, at now: Int64) async throws {
        try await store.write { tx in
            try IndexQueries.clear(tx)
            try AuditLog.append(AuditEntry(code: .adminSearchRebuild, actor: actor, time: now), tx)
        }
    }
}
