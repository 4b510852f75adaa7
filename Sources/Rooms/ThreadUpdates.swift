import Audit
import Matrix
import Storage

/// The threads in which something was said, that with the latest event first. Only what the reader sees counts, and nothing of
/// those whom he ignores.
///
/// [Proposal](https://github.com/matrix-org/matrix-spec-proposals/pull/4360)
package struct ThreadUpdates: Sendable {
    /// A thread in which something was said.
    package struct Thread: Sendable {
        /// Its room.
        package let roomID: RoomID
        /// The ID of the event at which it begins.
        package let root: EventID
        /// That event with what relates to it; nil where it was not asked for.
        package let event: ViewedEvent?
        /// Where to read on backwards when more was said than the latest event.
        package let previous: HistoryToken?
    }

    /// The threads.
    package let threads: [Thread]
    /// Where the next page begins; nil on the last one.
    package let next: ThreadsToken?

    /// The threads that a search finds; costs some queries for each room with a thread, if roots are wanted, and a few for all.
    /// - Parameter viewer: for whose eyes the roots are prepared; nil to leave them out.
    package init(
        _ search: ThreadSearch, ignoring ignored: Set<UserID>, viewer: EventViewer?, cache: EventCache, _ tx: Transaction
    ) throws {
        let rooms = try ThreadUpdateQueries.rooms(search, tx)
        let histories = try HistoryReader.all(of: search.reader, in: rooms, tx).mapValues { $0.upTo(search.end) }
            .filter { $0.value.currentMembership == .join }
        let sights = histories.mapValues { Sight($0, upTo: search.end) }
        let rows = try ThreadUpdateQueries.threads(
            search, sights, ignoring: ignored.compactMap { try tx.number(of: $0) }, tx)
        let page = rows.prefix(search.limit)
        next = rows.count > page.count ? page.last.map { ThreadsToken(after: $0.latest, upTo: search.end) } : nil
        var roots: [Int64: ViewedEvent] = [:]
        if let viewer {
            for (room, rows) in Dictionary(grouping: page, by: \.room) {
                guard let history = histories[room], let sight = sights[room] else { continue }
                let events = try Timeline.events(at: rows.map(\.parent), cache: cache, tx).map { root in
                    // As if the reader's own client had put the thread together out of what it was sent.
                    try !root.isState && ignored.contains(root.sender) ? root.pruned(tx) : root
                }
                let bundling = Bundling(sight, ignoring: ignored)
                for root in try viewer.view(events, history: history, bundling: bundling, cache: cache, tx) {
                    roots[root.event.position] = root
                }
            }
        }
        threads = try page.map { row in
            Thread(
                roomID: try tx.room(row.room), root: row.root, event: roots[row.parent],
                previous: row.count > 1 ? HistoryToken(before: row.latest) : nil)
        }
    }

    /// Writes the threads by room.
    /// - Parameter namesRooms: whether the events say in which room they are; in `/sync` they do not.
    package func append(as name: String, namesRooms: Bool, to object: inout JSONWriter) throws {
        let rooms = Dictionary(grouping: threads, by: \.roomID).sorted { $0.key.rawValue < $1.key.rawValue }
        try object.memberObject(name) { section in
            for (roomID, threads) in rooms {
                try section.memberObject(roomID.rawValue) { list in
                    for thread in threads {
                        try list.memberObject(thread.root.rawValue) { try thread.append(namesRooms: namesRooms, to: &$0) }
                    }
                }
            }
        }
    }
}

extension ThreadUpdates.Thread {
    fileprivate func append(namesRooms: Bool, to object: inout JSONWriter) throws {
        if let event {
            object.key("thread_root")
            try event.append(to: &object, roomID: namesRooms ? roomID : nil)
        }
        if let previous { object.member("prev_batch", previous.description) }
    }
}

extension RoomReads {
    /// A page of the threads of all rooms that somebody is joined to, with the events at which they begin.
    ///
    /// [Proposal](https://github.com/matrix-org/matrix-spec-proposals/pull/4360)
    /// - Parameters:
    ///   - from: where to begin; nil for now.
    ///   - to: what was said up to there is known.
    package func threadUpdates(
        from: ThreadsToken?, to: HistoryToken?, limit: Int, by requester: Requester, at now: Int64
    ) async throws -> ThreadUpdates {
        let (cache, personal) = (cache, personal)
        let viewer = EventViewer(user: requester.user, device: requester.device, now: now)
        return try await store.read { tx in
            let position = try tx.position()
            var search = ThreadSearch(
                of: requester.number, after: to?.position ?? 0, upTo: min(from?.end ?? position, position), limit: limit)
            if let from { search.latest = from.latest }
            return try ThreadUpdates(
                search, ignoring: personal.ignored(requester.number, tx), viewer: viewer, cache: cache, tx)
        }
    }
}
