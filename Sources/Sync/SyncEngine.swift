import EndToEnd
import Matrix
import Rooms
import Storage

/// Answers `/sync`: decides from memory whether there is anything to tell, tells it from one snapshot of the database, and
/// waits when there is nothing.
package final class SyncEngine: Sendable {
    /// How much one answer holds and how long one call lasts.
    package struct Limits: Sendable {
        /// The longest wait in milliseconds, whatever the client asks for.
        package var longestWait: Int64 = 90_000
        /// Events per room when the filter says nothing.
        package var usualTimeline = 10
        /// Events per room at most.
        package var largestTimeline = 500
        /// How many events of a room are looked through for those that the filter wants.
        package var scannedEvents = 2_000
        /// Bytes of one answer, about. What is left is told by the next one, or found by `/messages`.
        package var largestAnswer = 16 << 20

        /// What a server starts with.
        package init() {}
    }

    let store: Store
    let hub: StreamHub
    /// Keys of devices and messages to them.
    let keys: KeyServer
    let cache: EventCache
    let unread: UnreadCounts
    let limits: Limits
    let ignoreLists = IgnoreLists()
    let lazyMembers = LazyMembers()
    let sliding = SlidingMemory()
    /// The clock, in milliseconds since 1970.
    package let now: @Sendable () -> Int64
    /// Who is there; nil when the server keeps no presence.
    package let presence: Presence?
    /// Stored filters.
    package let filters: Filters
    /// Account data.
    package let accountData: AccountData
    /// Tags.
    package var tags: Tags { Tags(accountData) }

    /// An engine over the store, the hub and the caches that the writers fill.
    package init(
        store: Store, hub: StreamHub, cache: EventCache, keys: KeyServer, unread: UnreadCounts = UnreadCounts(),
        keepsPresence: Bool = true, limits: Limits = Limits(), now: @escaping @Sendable () -> Int64
    ) {
        self.store = store
        self.hub = hub
        self.cache = cache
        self.keys = keys
        self.unread = unread
        self.limits = limits
        self.now = now
        presence = keepsPresence ? Presence(hub: hub) : nil
        filters = Filters(store: store)
        accountData = AccountData(store: store, hub: hub)
    }

    /// The answer to one call, as the bytes of its body.
    /// - Throws: `M_INVALID_PARAM` for a token from the future, `M_UNKNOWN_TOKEN` when the session ended while it waited.
    package func sync(_ request: SyncRequest) async throws -> [UInt8] {
        let deadline = now() + min(max(0, request.timeout), limits.longestWait)
        let since = try await checked(request.since)
        if let since, let device = request.device {
            try await keys.acknowledge(request.number, device, upTo: request.messages ?? since.position)
        }
        return try await whilePresent(request.number, as: request.presence) {
            try await answer(request, since: since, until: deadline)
        }
    }

    /// Does something during which others see that somebody is there.
    func whilePresent<Result>(
        _ user: Int64, as standing: Presence.Standing, _ body: () async throws -> Result
    ) async throws -> Result {
        guard let presence, standing != .offline else { return try await body() }
        try await hub.learnRooms(of: user, from: store)
        presence.pollBegan(user, as: standing, now: now())
        defer { presence.pollEnded(user, now: now()) }
        return try await body()
    }

    /// Somebody says how he is; where the server keeps no presence nothing happens.
    /// - Throws: `M_INVALID_PARAM` for a message that is too long.
    package func setPresence(_ standing: Presence.Standing, message: String?, of user: Int64, now: Int64) async throws {
        guard let presence else { return }
        try await hub.learnRooms(of: user, from: store)
        try presence.set(user, to: standing, message: message, now: now)
    }

    /// Keeps the time of long polls, typing and presence until the task is cancelled: the service of this target.
    package func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [hub, now] in await hub.run(now: now) }
            if let presence {
                group.addTask { [now] in
                    while !Task.isCancelled {
                        presence.tick(now: now())
                        // Cancelled means over: the loop's condition sees to the rest.
                        try? await Task.sleep(for: .seconds(1))
                    }
                }
            }
            await group.waitForAll()
        }
    }

    private func answer(_ request: SyncRequest, since first: StreamMark?, until deadline: Int64) async throws -> [UInt8] {
        guard var since = first, !request.wantsFullState, !request.hasMessages else {
            return try await pass(request, since: first).body
        }
        while true {
            if hub.hasNews(for: request.number, device: request.device, since: since) {
                let answer = try await pass(request, since: since)
                if answer.tells || now() >= deadline { return answer.body }
                since = answer.mark
            }
            guard now() < deadline else { return try await empty(request, since) }
            switch await hub.wait(user: request.number, device: request.device, after: since, until: deadline) {
            case .news: continue
            case .timeout, .draining, .released: return try await empty(request, since)
            case .sessionEnded: throw MatrixError.unknownToken()
            }
        }
    }

    private func empty(_ request: SyncRequest, _ mark: StreamMark) async throws -> [UInt8] {
        SyncAnswer.empty(mark, try await keys.supply(of: request.number, request.device))
    }

    private func pass(_ request: SyncRequest, since: StreamMark?) async throws -> SyncAnswer {
        // Noted before the snapshot: everything up to here is in it.
        let news = since.map { hub.news(for: request.number, device: request.device, since: $0) }
        if news?.rooms == nil { hub.watch(request.number) }
        if since == nil { lazyMembers.forget(request.number, request.device) }
        let time = now()
        return try await store.read { [self] tx in
            var pass = try SyncPass(engine: self, request: request, since: since, news: news, now: time, tx)
            return try pass.answer()
        }
    }

    /// The mark of a token that this server can have given out.
    private func checked(_ since: StreamMark?) async throws -> StreamMark? {
        guard var since else { return nil }
        let known = hub.mark
        if since.position > known.position {
            // Readers may be ahead of what was announced.
            let stored = try await store.read { try $0.position() }
            guard since.position <= stored else { throw MatrixError.invalidParam("since is not a token of this server") }
        }
        since.serial = min(since.serial, known.serial)
        return since
    }
}
