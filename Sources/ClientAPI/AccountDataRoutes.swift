import Access
import Audit
import HTTPSurface
import HTTPTypes
import Identity
import Matrix
import Sync

extension ClientRoutes {
    /// What people keep on the server for themselves.
    static func accountData(_ services: ClientServices) -> [Route] {
        let global = "/_matrix/client/v3/user/{userId}/account_data/{type}"
        let inRoom = "/_matrix/client/v3/user/{userId}/rooms/{roomId}/account_data/{type}"
        return [
            Route(.put, global, permission: .accountDataUse, audit: .writes(.dataAccountSet)) { exchange, session in
                try own(exchange, session)
                try await services.sync.accountData.put(
                    exchange.path("type"), content: try await exchange.body(), in: nil, by: session.requester,
                    at: exchange.now)
                return .empty
            },
            Route(.get, global, permission: .accountDataUse, audit: .reads) { exchange, session in
                try own(exchange, session)
                return .json(
                    try await services.sync.accountData.content(
                        exchange.path("type"), in: nil, of: session.requester.number))
            },
            Route(.put, inRoom, permission: .accountDataUse, audit: .writes(.dataAccountSet)) { exchange, session in
                try own(exchange, session)
                try await services.sync.accountData.put(
                    exchange.path("type"), content: try await exchange.body(), in: RoomID(parsing: exchange.path("roomId")),
                    by: session.requester, at: exchange.now)
                return .empty
            },
            Route(.get, inRoom, permission: .accountDataUse, audit: .reads) { exchange, session in
                try own(exchange, session)
                return .json(
                    try await services.sync.accountData.content(
                        exchange.path("type"), in: RoomID(parsing: exchange.path("roomId")), of: session.requester.number))
            },
        ]
    }
}
