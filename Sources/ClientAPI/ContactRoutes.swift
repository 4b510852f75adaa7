import Access
import HTTPSurface
import HTTPTypes
import Identity
import Matrix

extension ClientRoutes {
    /// E-mail addresses and phone numbers of accounts. There are none, no identity server is trusted, and neither mail nor text
    /// messages are sent; this is how that is said.
    ///
    /// [Specification](https://spec.matrix.org/v1.19/client-server-api/#adding-account-administrative-contact-information)
    static func contacts(_ services: ClientServices) -> [Route] {
        changes() + requests() + [
            Route(.get, accountPath + "/3pid", permission: .accountRead, audit: .reads) { _, _ in
                .object { $0.memberArray("threepids") { _ in } }
            }
        ]
    }

    private static let accountPath = "/_matrix/client/v3/account"
    private static let nothing = Route.AuditDeclaration.unrecorded(
        because: "accounts hold no third-party identifiers, so nothing changes")

    private static func changes() -> [Route] {
        [
            refusing("/3pid", requires: { try $0.requiredObject("three_pid_creds").requiredString("sid") }) {
                MatrixError(.threepidAuthFailed, "no identity server is trusted that could confirm this", status: 403)
            },
            refusing("/3pid/add", requires: { try $0.requiredString("sid") }) {
                .threepidDenied("third-party identifiers cannot be added on this server")
            },
            refusing("/3pid/bind", requires: { try $0.requiredString("id_server") }) {
                .serverNotTrusted("this server trusts no identity server")
            },
        ]
            + ["/3pid/delete", "/3pid/unbind"].map { path in
                Route(.post, accountPath + path, permission: .accountRead, audit: nothing) { exchange, _ in
                    let body = try await exchange.body()
                    _ = try body.requiredString("medium")
                    _ = try body.requiredString("address")
                    // There is no identity server from which it could be unbound.
                    return .object { $0.member("id_server_unbind_result", "no-support") }
                }
            }
    }

    private static func refusing(
        _ path: String, requires: @escaping @Sendable (JSON) throws -> String, _ error: @escaping @Sendable () -> MatrixError
    ) -> Route {
        Route(.post, accountPath + path, permission: .accountRead, audit: nothing) { exchange, _ in
            _ = try requires(try await exchange.body())
            throw error()
        }
    }

    /// Asking for a code by e-mail or text message.
    private static func requests() -> [Route] {
        [("email", "email"), ("msisdn", "phone_number")].flatMap { medium, address in
            ["/register", "/account/password", "/account/3pid"].map { operation in
                Route.open(
                    .post, "/_matrix/client/v3\(operation)/\(medium)/requestToken", permission: .sessionCreate, audit: nothing,
                    rate: .credential
                ) { exchange in
                    let body = try await exchange.body()
                    _ = try body.requiredString("client_secret")
                    _ = try body.requiredString(address)
                    if body["id_server"] != nil { throw MatrixError.serverNotTrusted("this server trusts no identity server") }
                    guard operation == "/account/3pid" else {
                        throw MatrixError.threepidDenied("third-party identifiers are not used on this server")
                    }
                    throw MatrixError.threepidMediumNotSupported("this server cannot reach people by \(medium)")
                }
            }
        }
    }
}
