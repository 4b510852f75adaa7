import Access
import HTTPSurface
import HTTPTypes
import Identity
import Matrix
import Rooms

extension ClientRoutes {
    /// The directory of published rooms.
    static func publicRooms(_ services: ClientServices) -> [Route] {
        [
            Route.open(.get, "/_matrix/client/v3/publicRooms", permission: .directoryRoomRead, audit: .reads) { exchange in
                try requireOwnServer(exchange, services)
                let wish = try publicRoomsWish(limit: exchange.queryInt("limit"), since: exchange.query("since"))
                return .publicRooms(try await services.rooms.reads.publicRooms(wish))
            },
            Route(.post, "/_matrix/client/v3/publicRooms", permission: .directoryRoomRead, audit: .reads) { exchange, _ in
                try requireOwnServer(exchange, services)
                let body = try await exchange.bodyOrEmpty()
                var wish = try publicRoomsWish(limit: body.optionalInt("limit"), since: body.optionalString("since"))
                guard let filter = try body.optionalObject("filter") else {
                    return .publicRooms(try await services.rooms.reads.publicRooms(wish))
                }
                wish.term = try filter.optionalString("generic_search_term").flatMap { $0.isEmpty ? nil : $0 }
                wish.types = try filter.optionalArray("room_types")?.map { type in
                    guard type.isNull || type.kind == .string else {
                        throw MatrixError.badJSON("room_types must hold strings and null")
                    }
                    return type.string
                }
                return .publicRooms(try await services.rooms.reads.publicRooms(wish))
            },
        ]
    }

    private static func requireOwnServer(_ exchange: Exchange, _ services: ClientServices) throws(MatrixError) {
        guard let server = exchange.query("server"), server != services.serverName.rawValue else { return }
        throw .notFound("other servers cannot be asked, because federation is off")
    }

    private static func publicRoomsWish(limit: Int64?, since: String?) throws(MatrixError) -> PublicRooms.Wish {
        var wish = PublicRooms.Wish()
        if let limit {
            guard limit > 0 else { throw .invalidParam("limit must be above zero") }
            wish.limit = Int(min(limit, Int64(PublicRooms.largestLimit)))
        }
        if let since {
            guard since.hasPrefix("p"), since.utf8.count <= 10, let offset = Int(since.dropFirst()), offset >= 0 else {
                throw .invalidParam("since is not a token of this server")
            }
            wish.offset = offset
        }
        return wish
    }
}

extension Reply {
    fileprivate static func publicRooms(_ page: PublicRooms) -> Reply {
        .object { answer in
            answer.memberArray("chunk") { list in
                for room in page.rooms { room.append(to: &list) }
            }
            if let next = page.next { answer.member("next_batch", "p\(next)") }
            if let previous = page.previous { answer.member("prev_batch", "p\(previous)") }
            answer.member("total_room_count_estimate", Int64(page.total))
        }
    }
}
