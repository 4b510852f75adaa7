import Access
import Audit
import HTTPSurface
import HTTPTypes
import Identity
import Keys
import Matrix
import Rooms

extension ClientRoutes {
    /// One's own account: who am I, password, deactivation.
    static func account(_ services: ClientServices) -> [Route] {
        let accounts = services.accounts
        return [
            Route(.get, "/_matrix/client/v3/account/whoami", permission: .accountRead, audit: .reads) { _, session in
                .object { answer in
                    answer.member("user_id", session.user.rawValue)
                    if let device = session.requester.device { answer.member("device_id", device) }
                    answer.member("is_guest", session.isGuest)
                }
            },
            Route(
                .post, "/_matrix/client/v3/account/password", permission: .passwordChange,
                audit: .writes(.accountPasswordChange), rate: .credential
            ) { exchange, session in
                let request = try accounts.interactiveRequest(
                    try await exchange.body(), for: InteractiveOperation("POST /account/password", session),
                    flows: [[.password]])
                let password = Secret(try request.parameters.requiredString("new_password"))
                let endsOthers = try request.parameters.optionalBool("logout_devices") ?? true
                try accounts.checkNewPassword(password, forLocalpart: session.user.localpart)
                return try await challenging {
                    let authorisation = try await accounts.authorise(request, session: session, from: exchange.origin)
                    try await accounts.changePassword(
                        to: password, endingOthers: endsOthers, authorisation, by: session.requester)
                    return .empty
                }
            },
            Route(
                .post, "/_matrix/client/v3/account/deactivate", permission: .accountDeactivate,
                audit: .writes(.accountDeactivate), rate: .credential
            ) { exchange, session in
                let request = try accounts.interactiveRequest(
                    try await exchange.bodyOrEmpty(), for: InteractiveOperation("POST /account/deactivate", session),
                    flows: [[.password]])
                let erases = try request.parameters.optionalBool("erase") ?? false
                return try await challenging {
                    let authorisation = try await accounts.authorise(request, session: session, from: exchange.origin)
                    try await accounts.deactivate(erasing: erases, authorisation, by: session.requester)
                    try await services.rooms.leaveAll(by: session.requester, at: exchange.now)
                    return .object { $0.member("id_server_unbind_result", "success") }
                }
            },
        ]
    }
}
