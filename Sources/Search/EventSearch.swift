import Audit
import Matrix
import Rooms
import Storage

/// Searches the events of rooms. Reads only; what is found was verified against the event itself and may be seen by the one
/// who asks.
package struct EventSearch: Sendable {
    private let store: Store
    private let cache: EventCache
    private let turnstile = Turnstile(atOnce: 2, waiting: 64)

    /// Searches over a store; the cache is the one the writers fill.
    package init(store: Store, cache: EventCache) {
        self.store = store
        self.cache = cache
    }

    /// One page of what somebody wishes for.
    /// - Throws: ``SearchError/busy``.
    package func search(_ wish: SearchWish, by requester: Requester, at now: Int64) async throws -> SearchPage {
        let query = SearchQuery(SearchText(wish.term))
        guard !query.parts.isEmpty, !wish.fields.isEmpty else { return SearchPage() }
        let cache = cache
        return try await turnstile.pass {
            try await store.read { tx in
                let viewer = EventViewer(user: requester.user, device: requester.device, now: now)
                var pass = SearchPass(wish, query, viewer: viewer, number: requester.number, cache: cache, tx)
                return try pass.page()
            }
        }
    }
}
