import Access
import Audit
import HTTPSurface
import HTTPTypes
import Identity
import Matrix
import Rooms
import Sync

extension ClientRoutes {
    /// Telling others that one is typing.
    static func typing(_ services: ClientServices) -> [Route] {
        [
            Route(
                .put, "/_matrix/client/v3/rooms/{roomId}/typing/{userId}", permission: .roomTypingSend,
                audit: .unrecorded(because: "typing lives in memory for seconds and is gone")
            ) { exchange, session in
                let roomID = try RoomID(parsing: exchange.path("roomId"))
                guard try UserID(parsing: exchange.path("userId")) == session.requester.user else {
                    throw MatrixError.forbidden("you can only say of yourself that you are typing")
                }
                let body = try await exchange.body()
                guard let isTyping = try body.optionalBool("typing") else { throw MatrixError.missingParam("typing is missing") }
                let timeout = min(max(try body.optionalInt("timeout") ?? Typing.usualTimeout, 0), Typing.longestTimeout)
                let (room, joined) = try await services.rooms.reads.joinedNumbers(in: roomID, by: session.requester)
                services.rooms.hub.setTyping(
                    session.requester.number, in: room, until: isTyping ? exchange.now + timeout : nil, wake: joined)
                if isTyping { services.sync.presence?.active(session.requester.number, now: exchange.now) }
                return .empty
            }
        ]
    }
}
