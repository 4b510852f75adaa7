import Access
import HTTPSurface
import HTTPTypes
import Identity
import Matrix

extension ClientRoutes {
    /// Credentials for the servers that calls go through.
    ///
    /// [Specification](https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3voipturnserver)
    static func calls(_ services: ClientServices) -> [Route] {
        [
            Route(.get, "/_matrix/client/v3/voip/turnServer", permission: .callUse, audit: .reads) { exchange, session in
                guard let turn = services.accounts.policy.turn else {
                    throw MatrixError.notFound("this server has no TURN server")
                }
                let credentials = turn.credentials(for: session.user, at: exchange.now)
                return .object { answer in
                    answer.member("username", credentials.username)
                    answer.member("password", credentials.password)
                    answer.memberArray("uris") { list in turn.uris.forEach { list.string($0) } }
                    answer.member("ttl", turn.lifetime)
                }
            }
        ]
    }
}
