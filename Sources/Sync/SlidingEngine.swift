import Audit
import EndToEnd
import Matrix
import Rooms
import Storage

/// What sliding sync keeps in memory.
struct SlidingMemory: Sendable {
    let connections = SlidingConnections()
    let rows = SlidingRowCache()
    let facts = RoomFactsCache()
    let personal = SlidingPersonalCache()
    /// Which members each connection was told of.
    let members = LazyMembers()
}

extension SyncEngine {
    /// The answer to one call of simplified sliding sync, as the bytes of its body.
    ///
    /// A call that wants nothing new and for which nothing happened waits without looking at the database.
    /// - Throws: `M_UNKNOWN_POS` for a `pos` that the server does not remember, `M_UNKNOWN_TOKEN` when the session ended while
    ///   it waited.
    package func slide(_ request: SlidingRequest) async throws -> [UInt8] {
        let deadline = now() + min(max(0, request.timeout), limits.longestWait)
        return try await whilePresent(request.requester.number, as: request.presence) {
            let key = SlidingConnections.Key(
                user: request.requester.number, device: request.requester.device, name: request.call.connection)
            if let since = request.call.toDeviceSince, let device = key.device, since <= hub.mark.position {
                try await keys.acknowledge(key.user, device, upTo: since)
            }
            let answer = try await answer(request, of: key, until: deadline)
            sliding.connections.keep(answer.state, of: key)
            return answer.body
        }
    }

    /// Forgets what the connections of a device, or of all devices of a person, were told: their sessions are over.
    package func forgetConnections(of user: Int64, device: String?) {
        sliding.connections.forget(user, device)
    }

    private func answer(
        _ request: SlidingRequest, of key: SlidingConnections.Key, until deadline: Int64
    ) async throws -> SlidingAnswer {
        guard let pos = request.pos else {
            sliding.connections.restart(key)
            sliding.members.forget(key.user, key.memberKey)
            return try await look(request, of: key, from: nil)
        }
        guard pos.start == hub.start.serial, let known = sliding.connections.acknowledge(pos, of: key) else {
            throw MatrixError.unknownPosition()
        }
        // An answer that never arrived told of members; they are told again.
        if known.isRepeated { sliding.members.forget(key.user, key.memberKey) }
        let first = known.state
        var last = SlidingAnswer(silent: first, request, answer: sliding.connections.nextAnswer(), start: hub.start.serial)
        var mustLook = first.wish != request.wish || first.hasMoreMessages || first.hasMoreRooms
        while true {
            if mustLook || hub.hasNews(for: key.user, device: key.device, since: last.state.mark) {
                last = try await look(request, of: key, from: first)
                mustLook = false
                if last.tells { return last }
            }
            guard now() < deadline else { return last }
            switch await hub.wait(user: key.user, device: key.device, after: last.state.mark, until: deadline) {
            case .news: continue
            case .timeout, .draining, .released: return last
            case .sessionEnded: throw MatrixError.unknownToken()
            }
        }
    }

    private func look(
        _ request: SlidingRequest, of key: SlidingConnections.Key, from state: SlidingState?
    ) async throws -> SlidingAnswer {
        let user = key.user
        let before = request.wish.wantsRooms ? sliding.rows.rows(of: user) : nil
        // Noted before the snapshot: everything up to here is in it, and memory knows of all of it.
        let news = hub.news(for: user, device: key.device, since: before?.mark ?? hub.start)
        if request.wish.wantsRooms, news.rooms == nil { hub.watch(user) }
        let answer = sliding.connections.nextAnswer()
        let time = now()
        return try await store.read { [self] tx in
            let floor = [before?.mark, state?.mark].compactMap(\.self).max { $0.position < $1.position }
            let base = try SyncPass(
                engine: self, request: SyncRequest(by: request.requester), since: floor, news: news, now: time,
                endsWithHub: true, tx)
            var pass = try SlidingPass(base, request, key: key, answer: answer, from: state, rows: before)
            return try pass.answer()
        }
    }
}

extension SlidingConnections.Key {
    /// Under which name members are noted.
    var memberKey: String { "\(device ?? "")/\(name)" }
}
