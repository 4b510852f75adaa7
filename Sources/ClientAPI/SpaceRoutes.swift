import Access
import HTTPSurface
import HTTPTypes
import Identity
import Matrix
import Rooms

extension ClientRoutes {
    /// How many rooms a page of a space has if the client does not say, and at most.
    private static let hierarchyUsual = 50
    private static let hierarchyLargest = 200

    /// Rooms as they look from outside: the tree of a space, and the summary of one room.
    static func spaces(_ services: ClientServices) -> [Route] {
        [
            Route(.get, "/_matrix/client/v1/rooms/{roomId}/hierarchy", permission: .roomRead, audit: .reads) {
                exchange, session in
                let roomID = try RoomID(parsing: exchange.path("roomId"))
                let wish = try spaceWish(exchange)
                let page = try await services.rooms.reads.hierarchy(of: roomID, wish, by: session.requester)
                return try .object { object in
                    try object.memberArray("rooms") { list in
                        for room in page.rooms {
                            try list.object { entry in
                                room.card.appendSummary(to: &entry)
                                try entry.memberArray("children_state") { children in
                                    for child in room.children {
                                        try child.appendStripped(withTime: true, in: room.card.roomID, to: &children)
                                    }
                                }
                            }
                        }
                    }
                    if let next = page.next {
                        object.member(
                            "next_batch",
                            SpaceToken(offset: next, depth: wish.depth, suggestedOnly: wish.suggestedOnly).description)
                    }
                }
            },
            .eitherWay(
                .get, "/_matrix/client/v1/room_summary/{roomIdOrAlias}", permission: .directoryRoomRead, audit: .reads
            ) { exchange, session in
                let roomID = try await services.room(exchange.path("roomIdOrAlias"))
                let summary = try await services.rooms.reads.summary(of: roomID, for: session?.requester)
                return .object { object in
                    summary.card.appendSummary(to: &object)
                    if let membership = summary.membership { object.member("membership", membership.rawValue) }
                }
            },
        ]
    }

    private static func spaceWish(_ exchange: Exchange) throws(MatrixError) -> SpaceWish {
        var wish = SpaceWish(limit: try exchange.pageLimit(usual: hierarchyUsual, largest: hierarchyLargest))
        if let depth = try exchange.queryInt("max_depth") {
            guard depth >= 0 else { throw .invalidParam("max_depth must not be negative") }
            wish.depth = Int(depth)
        }
        wish.suggestedOnly = try exchange.queryBool("suggested_only") ?? false
        if let text = exchange.query("from") {
            let token = try SpaceToken(parsing: text)
            guard token.depth == wish.depth, token.suggestedOnly == wish.suggestedOnly else {
                throw .invalidParam("suggested_only and max_depth cannot change between pages")
            }
            wish.offset = token.offset
        }
        return wish
    }
}
