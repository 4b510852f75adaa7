import Access
import HTTPSurface
import HTTPTypes
import Identity
import Matrix
import Rooms
import Sync

extension ClientRoutes {
    /// Looking into rooms without being in them.
    ///
    /// [Specification](https://spec.matrix.org/v1.19/client-server-api/#room-previews)
    static func previews(_ services: ClientServices) -> [Route] {
        [
            Route(
                .get, "/_matrix/client/v3/rooms/{roomId}/initialSync", permission: .roomRead, audit: .reads
            ) { exchange, session in
                .json(
                    try await services.sync.initialSync(
                        of: RoomID(parsing: exchange.path("roomId")), limit: exchange.queryInt("limit"), by: session.requester,
                        at: exchange.now))
            },
            Route(.get, "/_matrix/client/v3/events", permission: .roomRead, audit: .reads) { exchange, session in
                guard let room = exchange.query("room_id") else {
                    throw MatrixError.missingParam("room_id is missing; without it, use /sync")
                }
                let from = try exchange.query("from").map(HistoryToken.init(parsing:))
                return .json(
                    try await services.sync.peek(
                        into: RoomID(parsing: room), from: from, timeout: exchange.queryInt("timeout") ?? 0,
                        by: session.requester))
            },
            Route(.get, "/_matrix/client/v3/events/{eventId}", permission: .roomRead, audit: .reads) { exchange, session in
                let (event, roomID) = try await services.rooms.reads.event(
                    EventID(parsing: exchange.path("eventId")), by: session.requester, at: exchange.now)
                return try .event(event, roomID)
            },
        ]
    }
}
