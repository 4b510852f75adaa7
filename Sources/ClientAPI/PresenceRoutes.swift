import Access
import Audit
import HTTPSurface
import HTTPTypes
import Identity
import Matrix
import Sync

extension ClientRoutes {
    /// Telling how one is, and asking how others are.
    static func presence(_ services: ClientServices) -> [Route] {
        let path = "/_matrix/client/v3/presence/{userId}/status"
        return [
            Route(
                .put, path, permission: .presenceUse,
                audit: .unrecorded(because: "presence lives in memory and changes by the minute")
            ) { exchange, session in
                try own(exchange, session)
                let body = try await exchange.body()
                let standing = try presence(body.requiredString("presence"))
                let message = try body.optionalString("status_msg")
                try await services.sync.setPresence(
                    standing, message: message, of: session.requester.number, now: exchange.now)
                return .empty
            },
            Route(.get, path, permission: .presenceUse, audit: .reads) { exchange, session in
                let user = try UserID(parsing: exchange.path("userId"))
                return .json(
                    try await services.sync.presence(of: user, for: session.requester.number, now: exchange.now))
            },
        ]
    }
}
