import Access
import HTTPSurface
import HTTPTypes
import Identity
import Matrix
import Rooms

extension ClientRoutes {
    /// How many events a page has if the client does not say, and at most.
    private static let relationsUsual = 20
    private static let relationsLargest = 500

    /// What relates to an event, and the threads of a room.
    static func relations(_ services: ClientServices) -> [Route] {
        let path = "/_matrix/client/v1/rooms/{roomId}/relations/{eventId}"
        let answer: @Sendable (Exchange, Session) async throws -> Reply = { exchange, session in
            let roomID = try RoomID(parsing: exchange.path("roomId"))
            var wish = RelationsWish(limit: try exchange.pageLimit(usual: relationsUsual, largest: relationsLargest))
            if let kind = try nonEmptyPath("relType", exchange) { wish.kind = RelationKind(rawValue: kind) }
            wish.type = try nonEmptyPath("eventType", exchange)
            wish.from = try exchange.query("from").map(HistoryToken.init(parsing:))
            wish.to = try exchange.query("to").map(HistoryToken.init(parsing:))
            if let direction = try exchange.direction() { wish.direction = direction }
            let recurses = try exchange.queryBool("recurse")
            wish.recurses = recurses ?? false
            let page = try await services.rooms.reads.relations(
                of: EventID(parsing: exchange.path("eventId")), in: roomID, wish, by: session.requester, at: exchange.now)
            return try .object { object in
                try object.memberEvents("chunk", page.chunk, roomID: roomID)
                if let next = page.next { object.member("next_batch", next.description) }
                if let from = exchange.query("from") { object.member("prev_batch", from) }
                if let recurses { object.member("recursion_depth", recurses ? RelationsPage.depth : 0) }
            }
        }
        return [path, path + "/{relType}", path + "/{relType}/{eventType}"].map {
            Route(.get, $0, permission: .roomRead, audit: .reads, handler: answer)
        } + threads(services)
    }

    private static func threads(_ services: ClientServices) -> [Route] {
        [
            Route(.get, "/_matrix/client/v1/rooms/{roomId}/threads", permission: .roomRead, audit: .reads) { exchange, session in
                let roomID = try RoomID(parsing: exchange.path("roomId"))
                var wish = ThreadsWish(limit: try exchange.pageLimit(usual: relationsUsual, largest: relationsLargest))
                switch exchange.query("include") {
                case nil, "all": break
                case "participated": wish.participatedOnly = true
                default: throw MatrixError.invalidParam("include must be all or participated")
                }
                wish.from = try exchange.query("from").map(HistoryToken.init(parsing:))
                let page = try await services.rooms.reads.threads(in: roomID, wish, by: session.requester, at: exchange.now)
                return try .object { object in
                    try object.memberEvents("chunk", page.roots, roomID: roomID)
                    if let next = page.next { object.member("next_batch", next.description) }
                }
            }
        ]
    }

    private static func nonEmptyPath(_ name: String, _ exchange: Exchange) throws(MatrixError) -> String? {
        let text = try exchange.pathIfPresent(name)
        return text.isEmpty ? nil : text
    }
}
