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

    private let longestTail: Int

    /// Searches over a store; the cache is the one the writers fill.
    /// - Parameter longestTail: how many events that are not indexed yet are looked through, the newest.
    package init(store: Store, cache: EventCache, longestTail: Int = 10_000) {
        self.store = store
        self.cache = cache
        self.longestTail = longestTail
    }

    /// One page of what somebody wishes for.
    /// - Throws: ``SearchError/busy``.
    package func search(_ wish: SearchWish, by requester: Requester, at now: Int64) async throws -> SearchPage {
        let query = SearchQuery(SearchText(wish.term))
        guard !query.parts.isEmpty, !wish.fields.isEmpty else { return SearchPage() }
        let (cache, longestTail) = (cache, longestTail)
        return try await turnstile.pass {
            try await store.read { tx in
                let viewer = EventViewer(user: requester.user, device: requester.device, now: now)
                var pass = SearchPass(
                    wish, query, viewer: viewer, number: requester.number, cache: cache, longestTail: longestTail, tx)
                return try pass.page()
            }
        }
    }
}
