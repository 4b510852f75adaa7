import Access
import Audit
import HTTPSurface
import HTTPTypes
import Identity
import Matrix
import Sync

extension ClientRoutes {
    /// Storing filters and reading them back.
    static func filters(_ services: ClientServices) -> [Route] {
        [
            Route(
                .post, "/_matrix/client/v3/user/{userId}/filter", permission: .accountDataUse,
                audit: .writes(.dataFilterCreate)
            ) { exchange, session in
                try own(exchange, session)
                let id = try await services.sync.filters.add(
                    try await exchange.body(), by: session.requester, at: exchange.now)
                return .object { $0.member("filter_id", id) }
            },
            Route(
                .get, "/_matrix/client/v3/user/{userId}/filter/{filterId}", permission: .accountDataUse, audit: .reads
            ) { exchange, session in
                try own(exchange, session)
                let id = try exchange.path("filterId")
                return .json(try await services.sync.filters.definition(id, of: session.requester.number))
            },
        ]
    }
}
