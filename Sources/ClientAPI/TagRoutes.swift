import Access
import Audit
import HTTPSurface
import HTTPTypes
import Identity
import Matrix
import Sync

extension ClientRoutes {
    /// A person's labels on rooms.
    static func tags(_ services: ClientServices) -> [Route] {
        let one = "/_matrix/client/v3/user/{userId}/rooms/{roomId}/tags/{tag}"
        return [
            Route(
                .get, "/_matrix/client/v3/user/{userId}/rooms/{roomId}/tags", permission: .accountDataUse, audit: .reads
            ) { exchange, session in
                try own(exchange, session)
                let tags = try await services.sync.tags.all(
                    in: RoomID(parsing: exchange.path("roomId")), of: session.requester.number)
                return .object { $0.memberRaw("tags", tags) }
            },
            Route(.put, one, permission: .accountDataUse, audit: .writes(.dataTagSet)) { exchange, session in
                try own(exchange, session)
                try await services.sync.tags.put(
                    exchange.path("tag"), try await exchange.body(), on: RoomID(parsing: exchange.path("roomId")),
                    by: session.requester, at: exchange.now)
                return .empty
            },
            Route(.delete, one, permission: .accountDataUse, audit: .writes(.dataTagDelete)) { exchange, session in
                try own(exchange, session)
                try await services.sync.tags.remove(
                    exchange.path("tag"), from: RoomID(parsing: exchange.path("roomId")), by: session.requester,
                    at: exchange.now)
                return .empty
            },
        ]
    }
}
