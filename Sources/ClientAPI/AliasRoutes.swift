import Access
import Audit
import HTTPSurface
import HTTPTypes
import Identity
import Matrix
import Rooms

extension ClientRoutes {
    /// Aliases, and whether a room stands in the directory.
    static func aliases(_ services: ClientServices) -> [Route] {
        let path = "/_matrix/client/v3/directory/room/{roomAlias}"
        let listing = "/_matrix/client/v3/directory/list/room/{roomId}"
        return [
            Route.open(.get, path, permission: .directoryRoomRead, audit: .reads) { exchange in
                let alias = try RoomAlias(parsing: exchange.path("roomAlias"))
                let roomID = try await services.rooms.resolve(alias)
                return .object {
                    $0.member("room_id", roomID.rawValue)
                    $0.memberArray("servers") { $0.string(services.serverName.rawValue) }
                }
            },
            Route(.put, path, permission: .roomAliasSet, audit: .writes(.roomAliasCreate)) { exchange, session in
                let body = try await exchange.body()
                try await services.rooms.setAlias(
                    RoomAlias(parsing: exchange.path("roomAlias")), to: RoomID(parsing: body.requiredString("room_id")),
                    by: session.requester, at: exchange.now)
                return .empty
            },
            Route(.delete, path, permission: .roomAliasSet, audit: .writes(.roomAliasDelete)) { exchange, session in
                try await services.rooms.deleteAlias(
                    RoomAlias(parsing: exchange.path("roomAlias")), by: session.requester, role: session.role,
                    at: exchange.now)
                return .empty
            },
            Route(
                .get, "/_matrix/client/v3/rooms/{roomId}/aliases", permission: .roomRead, audit: .reads
            ) { exchange, session in
                let aliases = try await services.rooms.aliases(
                    of: RoomID(parsing: exchange.path("roomId")), for: session.requester)
                return .object {
                    $0.memberArray("aliases") { for alias in aliases { $0.string(alias.rawValue) } }
                }
            },
            Route.open(.get, listing, permission: .directoryRoomRead, audit: .reads) { exchange in
                let isPublished = try await services.rooms.isPublished(RoomID(parsing: exchange.path("roomId")))
                return .object { $0.member("visibility", isPublished ? "public" : "private") }
            },
            Route(
                .put, listing, permission: .directoryRoomPublish, audit: .writes(.roomDirectoryPublish)
            ) { exchange, session in
                let isPublished: Bool
                switch try await exchange.bodyOrEmpty().optionalString("visibility") {
                case nil, "public": isPublished = true
                case "private": isPublished = false
                default: throw MatrixError.invalidParam("visibility must be public or private")
                }
                try await services.rooms.publish(
                    RoomID(parsing: exchange.path("roomId")), isPublished, by: session.requester, role: session.role,
                    at: exchange.now)
                return .empty
            },
        ]
    }
}
