import Access
import HTTPSurface
import HTTPTypes
import Identity
import Matrix
import Rooms

extension ClientRoutes {
    /// One event by its ID.
    static func events(_ services: ClientServices) -> [Route] {
        [
            Route(
                .get, "/_matrix/client/v3/rooms/{roomId}/event/{eventId}", permission: .roomRead, audit: .reads
            ) { exchange, session in
                let roomID = try RoomID(parsing: exchange.path("roomId"))
                let event = try await services.rooms.reads.event(
                    EventID(parsing: exchange.path("eventId")), in: roomID, by: session.requester, at: exchange.now)
                return try .event(event, roomID)
            }
        ]
    }
}

extension Reply {
    /// One event in client format.
    static func event(_ event: ViewedEvent, _ roomID: RoomID) throws -> Reply {
        var writer = JSONWriter()
        try event.append(to: &writer, roomID: roomID)
        return .json(writer.bytes)
    }
}
