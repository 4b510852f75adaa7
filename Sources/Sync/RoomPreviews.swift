import Audit
import Matrix
import Rooms
import Storage

/// Looking into rooms without being in them, as the [module on previews](https://spec.matrix.org/v1.19/client-server-api/#room-previews)
/// has it.
extension SyncEngine {
    /// The longest wait for news of one room, in milliseconds.
    private static let longestPeek: Int64 = 30_000
    private static let largestPeek = 100

    /// A room at a glance, as the body of `GET /rooms/{roomId}/initialSync`.
    package func initialSync(of roomID: RoomID, limit: Int64?, by requester: Requester, at now: Int64) async throws -> [UInt8] {
        let limit = Int(min(max(limit ?? Int64(limits.usualTimeline), 1), Int64(limits.largestTimeline)))
        let preview = try await RoomReads(store: store, cache: cache, personal: .accountData).preview(
            of: roomID, limit: limit, by: requester, at: now)
        let data = try await store.read { tx in
            try AccountDataQueries.all(of: requester.number, in: preview.room, upTo: preview.position, tx)
        }
        var writer = JSONWriter(capacity: 16_384)
        try writer.object { answer in
            answer.member("room_id", roomID.rawValue)
            if let membership = preview.membership { answer.member("membership", membership.rawValue) }
            try answer.memberObject("messages") { messages in
                if let start = preview.start { messages.member("start", start.description) }
                messages.member("end", preview.end.description)
                try messages.memberEvents("chunk", preview.messages, roomID: roomID)
            }
            try answer.memberEvents("state", preview.state, roomID: roomID)
            answer.member("visibility", preview.isPublished ? "public" : "private")
            answer.memberArray("account_data") { list in for datum in data { list.raw(datum.event) } }
        }
        return writer.bytes
    }

    /// What happens in a room from a token on, as the body of `GET /events?room_id=`; waits when there is nothing.
    package func peek(
        into roomID: RoomID, from: HistoryToken?, timeout: Int64, by requester: Requester
    ) async throws -> [UInt8] {
        let reads = RoomReads(store: store, cache: cache, personal: .accountData)
        let deadline = now() + min(max(timeout, 0), Self.longestPeek)
        let room = try await reads.news(of: roomID, after: from, limit: 1, by: requester, at: now()).room
        hub.peekBegan(room)
        defer { hub.peekEnded(room) }
        var from = from
        while true {
            let mark = hub.mark
            let news = try await reads.news(of: roomID, after: from, limit: Self.largestPeek, by: requester, at: now())
            from = news.start
            if news.events.isEmpty, now() < deadline, case .news = await hub.wait(room: room, after: mark, until: deadline) {
                continue
            }
            var writer = JSONWriter()
            try writer.object { answer in
                answer.member("start", news.start.description)
                answer.member("end", news.end.description)
                try answer.memberEvents("chunk", news.events, roomID: roomID)
            }
            return writer.bytes
        }
    }
}
