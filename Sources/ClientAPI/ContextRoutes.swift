import Access
import HTTPSurface
import HTTPTypes
import Identity
import Matrix
import Rooms

extension ClientRoutes {
    /// How many events `/context` shows around the one asked for if the client does not say, and at most.
    private static let contextUsual = 10
    private static let contextLargest = 100

    /// What happened around an event.
    static func context(_ services: ClientServices) -> [Route] {
        [
            Route(
                .get, "/_matrix/client/v3/rooms/{roomId}/context/{eventId}", permission: .roomRead, audit: .reads
            ) { exchange, session in
                let roomID = try RoomID(parsing: exchange.path("roomId"))
                let filter = try HistoryFilter(exchange, in: roomID, usual: contextUsual, largest: contextLargest)
                let context = try await services.rooms.reads.context(
                    of: EventID(parsing: exchange.path("eventId")), in: roomID, limit: filter.limit, selection: filter.selection,
                    by: session.requester, at: exchange.now)
                return try .object { answer in
                    answer.member("start", context.start.description)
                    answer.member("end", context.end.description)
                    try answer.memberEvents("events_before", context.before, roomID: roomID)
                    answer.key("event")
                    try context.event.append(to: &answer, roomID: roomID)
                    try answer.memberEvents("events_after", context.after, roomID: roomID)
                    try answer.memberEvents("state", context.state, roomID: roomID)
                }
            }
        ]
    }
}
