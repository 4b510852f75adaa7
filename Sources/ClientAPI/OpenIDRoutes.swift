import Access
import Audit
import HTTPSurface
import HTTPTypes
import Identity
import Matrix

extension ClientRoutes {
    /// Proving to another service who one is.
    ///
    /// The second route is the one piece of the federation API that is there although federation is off: the service that was
    /// given a token asks here whose it is. It tells a user ID to whoever holds a token that its owner has given him.
    ///
    /// [Specification](https://spec.matrix.org/v1.19/client-server-api/#openid)
    static func openID(_ services: ClientServices) -> [Route] {
        [
            Route(
                .post, "/_matrix/client/v3/user/{userId}/openid/request_token", permission: .openIDUse,
                audit: .writes(.accountOpenIDToken), rate: .credential
            ) { exchange, session in
                try own(exchange, session)
                _ = try await exchange.bodyOrEmpty()
                let token = try await services.accounts.makeOpenIDToken(by: session.requester)
                return .object { answer in
                    answer.member("access_token", token.token)
                    answer.member("token_type", "Bearer")
                    answer.member("matrix_server_name", services.serverName.rawValue)
                    answer.member("expires_in", token.lifetime / 1000)
                }
            },
            .open(
                .get, "/_matrix/federation/v1/openid/userinfo", permission: .serverInfoRead, audit: .reads
            ) { exchange in
                guard let token = exchange.query("access_token") else { throw MatrixError.missingToken() }
                let user = try await services.accounts.owner(ofOpenIDToken: token)
                return .object { $0.member("sub", user.rawValue) }
            },
        ]
    }
}
