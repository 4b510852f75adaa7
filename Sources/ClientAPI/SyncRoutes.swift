import Access
import Audit
import HTTPSurface
import HTTPTypes
import Identity
import Matrix
import Sync

extension ClientRoutes {
    /// Following what happens.
    static func syncing(_ services: ClientServices) -> [Route] {
        [
            Route(
                .get, "/_matrix/client/v3/sync", permission: .syncRead, audit: .reads, rate: .unlimited
            ) { exchange, session in
                let requester = session.requester
                var request = SyncRequest(by: requester)
                if let text = exchange.query("since"), !text.isEmpty {
                    let token = try SyncToken(parsing: text)
                    request.since = token.mark
                    request.messages = token.messages
                }
                request.filter = try await services.sync.filters.filter(exchange.query("filter"), of: requester.number)
                request.wantsFullState = try exchange.queryBool("full_state") ?? false
                request.usesStateAfter = try exchange.queryBool("use_state_after") ?? false
                request.timeout = try exchange.queryInt("timeout") ?? 0
                guard request.timeout >= 0 else { throw MatrixError.invalidParam("timeout must not be negative") }
                if let word = exchange.query("set_presence") { request.presence = try presence(word) }
                return .json(try await services.sync.sync(request))
            }
        ]
    }

    /// The presence that a word names.
    /// - Throws: `M_INVALID_PARAM`.
    static func presence(_ word: String) throws(MatrixError) -> Presence.Standing {
        guard let standing = Presence.Standing(rawValue: word) else {
            throw .invalidParam("presence must be online, unavailable or offline")
        }
        return standing
    }

    /// Checks that a path names the caller himself.
    /// - Throws: `M_FORBIDDEN`, `M_INVALID_PARAM`.
    static func own(_ exchange: Exchange, _ session: Session) throws {
        guard try UserID(parsing: exchange.path("userId")) == session.requester.user else {
            throw MatrixError.forbidden("this belongs to another user")
        }
    }
}
