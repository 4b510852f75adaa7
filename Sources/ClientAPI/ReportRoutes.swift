import Access
import Audit
import HTTPSurface
import HTTPTypes
import Identity
import Matrix
import Rooms

extension ClientRoutes {
    /// Telling the people who run the server that something is wrong.
    ///
    /// [Specification](https://spec.matrix.org/v1.19/client-server-api/#reporting-content)
    static func reports(_ services: ClientServices) -> [Route] {
        [
            Route(
                .post, "/_matrix/client/v3/rooms/{roomId}/report", permission: .reportSend, audit: .writes(.roomReport),
                rate: .credential
            ) { exchange, session in
                let reason = try await exchange.body().requiredString("reason")
                try await services.rooms.report(
                    RoomID(parsing: exchange.path("roomId")), reason: reason, by: session.requester, at: exchange.now)
                return .empty
            },
            Route(
                .post, "/_matrix/client/v3/rooms/{roomId}/report/{eventId}", permission: .reportSend,
                audit: .writes(.roomReport), rate: .credential
            ) { exchange, session in
                let reason = try await exchange.bodyOrEmpty().optionalString("reason") ?? ""
                let room = try RoomID(parsing: exchange.path("roomId"))
                // What is no event ID is no event of the room.
                guard let event = try? EventID(parsing: exchange.path("eventId")) else { throw RoomError.eventNotFound }
                try await services.rooms.report(event, in: room, reason: reason, by: session.requester, at: exchange.now)
                return .empty
            },
            Route(
                .post, "/_matrix/client/v3/users/{userId}/report", permission: .reportSend, audit: .writes(.accountReport),
                rate: .credential
            ) { exchange, session in
                let reason = try await exchange.body().requiredString("reason")
                try await services.rooms.report(
                    UserID(parsing: exchange.path("userId")), reason: reason, by: session.requester, at: exchange.now)
                return .empty
            },
        ]
    }
}
