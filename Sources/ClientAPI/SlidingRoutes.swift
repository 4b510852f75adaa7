import Access
import Audit
import HTTPSurface
import HTTPTypes
import Identity
import Matrix
import Sync

extension ClientRoutes {
    /// Following what happens through windows over the rooms.
    ///
    /// [Proposal](https://github.com/matrix-org/matrix-spec-proposals/pull/4186)
    static func sliding(_ services: ClientServices) -> [Route] {
        [
            Route(
                .post, "/_matrix/client/unstable/org.matrix.simplified_msc3575/sync", permission: .syncRead, audit: .reads,
                rate: .unlimited
            ) { exchange, session in
                var request = try SlidingRequest(try await exchange.bodyOrEmpty(), by: session.requester)
                if let token = exchange.query("pos"), !token.isEmpty { request.pos = try SlidingToken(parsing: token) }
                request.timeout = try exchange.queryInt("timeout") ?? 0
                guard request.timeout >= 0 else { throw MatrixError.invalidParam("timeout must not be negative") }
                if let word = exchange.query("set_presence") { request.presence = try presence(word) }
                return .json(try await services.sync.slide(request))
            }
        ]
    }
}
