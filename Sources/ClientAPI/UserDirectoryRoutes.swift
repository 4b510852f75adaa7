import Access
import HTTPSurface
import HTTPTypes
import Identity
import Matrix
import Search

extension ClientRoutes {
    /// Looking people up.
    static func userDirectory(_ services: ClientServices) -> [Route] {
        [
            Route(
                .post, "/_matrix/client/v3/user_directory/search", permission: .directoryUserSearch, audit: .reads
            ) { exchange, session in
                let body = try await exchange.body()
                let term = try body.requiredString("search_term")
                let limit = try body.optionalInt("limit") ?? Int64(UserDirectory.usualLimit)
                guard limit >= 0 else { throw MatrixError.invalidParam("limit must not be negative") }
                let found = try await services.directory.search(
                    term, limit: Int(min(limit, 1_000)), by: session.requester)
                return .object { answer in
                    answer.memberArray("results") { list in
                        for person in found.people {
                            list.object { entry in
                                entry.member("user_id", person.user.rawValue)
                                if let name = person.displayName { entry.member("display_name", name) }
                                if let picture = person.avatarURL { entry.member("avatar_url", picture) }
                            }
                        }
                    }
                    answer.member("limited", found.isLimited)
                }
            }
        ]
    }
}
