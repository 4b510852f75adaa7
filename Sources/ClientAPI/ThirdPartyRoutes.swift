import Access
import HTTPSurface
import HTTPTypes
import Matrix

extension ClientRoutes {
    /// Networks of others that bridges lead to. There are no bridges, and this is how that is said.
    ///
    /// [Specification](https://spec.matrix.org/v1.19/client-server-api/#third-party-networks)
    static func thirdPartyNetworks(_ services: ClientServices) -> [Route] {
        let base = "/_matrix/client/v3/thirdparty"
        let lookups = ["/protocol/{protocol}", "/location/{protocol}", "/user/{protocol}", "/location", "/user"]
        return [Route(.get, base + "/protocols", permission: .directoryUserSearch, audit: .reads) { _, _ in .empty }]
            + lookups.map { path in
                Route(.get, base + path, permission: .directoryUserSearch, audit: .reads) { _, _ in
                    throw MatrixError.notFound("this server is connected to no third-party network")
                }
            }
    }
}
