import Access
import HTTPSurface
import HTTPTypes
import Identity
import Matrix
import Rooms

extension ClientRoutes {
    /// The state of a room, whole and piece by piece.
    static func stateReads(_ services: ClientServices) -> [Route] {
        let piece: @Sendable (Exchange, Session) async throws -> Reply = { exchange, session in
            let roomID = try RoomID(parsing: exchange.path("roomId"))
            let format = exchange.query("format") ?? "content"
            guard ["content", "event"].contains(format) else { throw MatrixError.invalidParam("format must be content or event") }
            let event = try await services.rooms.reads.state(
                exchange.path("eventType"), exchange.pathIfPresent("stateKey"), of: roomID, by: session.requester,
                at: exchange.now)
            return format == "event" ? try .event(event, roomID) : .json(Array(try event.event.content.raw))
        }
        return [
            Route(.get, "/_matrix/client/v3/rooms/{roomId}/state", permission: .roomRead, audit: .reads) { exchange, session in
                let roomID = try RoomID(parsing: exchange.path("roomId"))
                let state = try await services.rooms.reads.state(of: roomID, by: session.requester, at: exchange.now)
                var writer = JSONWriter(capacity: 1024 * (state.count + 1))
                try writer.array { list in
                    for event in state { try event.append(to: &list, roomID: roomID) }
                }
                return .json(writer.bytes)
            },
            Route(
                .get, "/_matrix/client/v3/rooms/{roomId}/state/{eventType}", permission: .roomRead, audit: .reads, handler: piece),
            Route(
                .get, "/_matrix/client/v3/rooms/{roomId}/state/{eventType}/{stateKey}", permission: .roomRead, audit: .reads,
                handler: piece),
        ]
    }
}
