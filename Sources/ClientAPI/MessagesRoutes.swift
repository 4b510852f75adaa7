import Access
import HTTPSurface
import HTTPTypes
import Identity
import Matrix
import Rooms

extension ClientRoutes {
    /// How many events `/messages` answers with if the client does not say, and at most.
    private static let messagesUsual = 10
    private static let messagesLargest = 1_000

    /// Paging through the history of a room.
    static func messages(_ services: ClientServices) -> [Route] {
        [
            Route(.get, "/_matrix/client/v3/rooms/{roomId}/messages", permission: .roomRead, audit: .reads) { exchange, session in
                let roomID = try RoomID(parsing: exchange.path("roomId"))
                let direction = try exchange.requiredDirection()
                let filter = try HistoryFilter(exchange, in: roomID, usual: messagesUsual, largest: messagesLargest)
                let wish = MessagesWish(
                    from: try exchange.query("from").map(HistoryToken.init(parsing:)),
                    to: try exchange.query("to").map(HistoryToken.init(parsing:)), direction, limit: filter.limit,
                    selection: filter.selection)
                let page = try await services.rooms.reads.messages(wish, in: roomID, by: session.requester, at: exchange.now)
                return try .object { answer in
                    answer.member("start", exchange.query("from") ?? page.start.description)
                    if let end = page.end { answer.member("end", end.description) }
                    try answer.memberEvents("chunk", page.chunk, roomID: roomID)
                    if !page.state.isEmpty { try answer.memberEvents("state", page.state, roomID: roomID) }
                }
            }
        ]
    }
}
