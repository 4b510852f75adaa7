import Access
import Audit
import HTTPSurface
import HTTPTypes
import Identity
import Matrix
import Rooms
import Sync

extension ClientRoutes {
    /// Sending and redacting events, and setting state.
    static func sending(_ services: ClientServices) -> [Route] {
        let setState: @Sendable (Exchange, Session) async throws -> Reply = { exchange, session in
            let event = try await services.rooms.setState(
                exchange.path("eventType"), stateKey: exchange.pathIfPresent("stateKey"),
                content: try await exchange.body(), in: RoomID(parsing: exchange.path("roomId")),
                by: session.requester, at: exchange.now)
            return .object { $0.member("event_id", event.rawValue) }
        }
        return [
            Route(
                .put, "/_matrix/client/v3/rooms/{roomId}/send/{eventType}/{txnId}", permission: .roomMessageSend,
                audit: .writes(.roomMessageSend), rate: .message
            ) { exchange, session in
                let event = try await services.rooms.send(
                    exchange.path("eventType"), content: try await exchange.body(),
                    transaction: exchange.path("txnId"), in: RoomID(parsing: exchange.path("roomId")),
                    by: session.requester, at: exchange.now)
                services.sync.presence?.active(session.requester.number, now: exchange.now)
                return .object { $0.member("event_id", event.rawValue) }
            },
            Route(
                .put, "/_matrix/client/v3/rooms/{roomId}/redact/{eventId}/{txnId}", permission: .roomMessageRedact,
                audit: .writes(.roomMessageRedact), rate: .message
            ) { exchange, session in
                let reason = try await exchange.bodyOrEmpty().optionalString("reason")
                let event = try await services.rooms.redact(
                    EventID(parsing: exchange.path("eventId")), reason: reason, transaction: exchange.path("txnId"),
                    in: RoomID(parsing: exchange.path("roomId")), ownOnly: session.standing == .suspended,
                    by: session.requester, at: exchange.now)
                return .object { $0.member("event_id", event.rawValue) }
            },
            Route(
                .put, "/_matrix/client/v3/rooms/{roomId}/state/{eventType}", permission: .roomStateSet,
                audit: .writes(.roomStateChange), rate: .message, handler: setState),
            Route(
                .put, "/_matrix/client/v3/rooms/{roomId}/state/{eventType}/{stateKey}", permission: .roomStateSet,
                audit: .writes(.roomStateChange), rate: .message, handler: setState),
        ]
    }
}
