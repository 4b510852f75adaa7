import Access
import Audit
import HTTPSurface
import HTTPTypes
import Identity
import Matrix
import Push

extension ClientRoutes {
    /// Who is told when something happens to a person.
    /// [Specification](https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3pushers)
    static func pushers(_ services: ClientServices) -> [Route] {
        [
            Route(.get, "/_matrix/client/v3/pushers", permission: .accountDataUse, audit: .reads) { _, session in
                let pushers = try await services.pushers.all(of: session.requester.number)
                return .object { $0.memberArray("pushers") { list in pushers.forEach { list.raw($0) } } }
            },
            Route(
                .post, "/_matrix/client/v3/pushers/set", permission: .accountDataUse, audit: .writes(.dataPusherSet)
            ) { exchange, session in
                let body = try await exchange.body()
                let name = try PusherName(parsing: body)
                guard let kind = body["kind"] else { throw MatrixError.missingParam("kind is missing") }
                if kind.isNull {
                    try await services.pushers.remove(name, by: session.requester, at: exchange.now)
                } else {
                    try await services.pushers.set(
                        Pusher(parsing: body), name, keepingOthers: body.optionalBool("append") ?? false,
                        by: session.requester, at: exchange.now)
                }
                return .empty
            },
        ]
    }
}
