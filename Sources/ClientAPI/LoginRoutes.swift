import Access
import Audit
import HTTPSurface
import HTTPTypes
import Identity
import Keys
import Matrix

extension ClientRoutes {
    /// Signing in and out, and keeping a session going.
    static func login(_ services: ClientServices) -> [Route] {
        let accounts = services.accounts
        return [
            .open(.get, "/_matrix/client/v3/login", permission: .sessionCreate, audit: .reads) { _ in
                .object { answer in
                    answer.memberArray("flows") { flows in
                        flows.object { $0.member("type", "m.login.password") }
                        flows.object { flow in
                            flow.member("type", "m.login.token")
                            flow.member("get_login_token", true)
                        }
                    }
                }
            },
            .open(
                .post, "/_matrix/client/v3/login", permission: .sessionCreate, audit: .writes(.sessionLogin),
                rate: .credential
            ) { exchange in
                let body = try await exchange.body()
                let device = try DeviceChoice(body)
                let signedIn: SignedIn
                switch try body.requiredString("type") {
                case "m.login.password":
                    guard let name = try Accounts.name(in: body) else { throw MatrixError.missingParam("identifier is missing") }
                    signedIn = try await accounts.signIn(
                        name, password: Secret(try body.requiredString("password")), device: device, from: exchange.origin)
                case "m.login.token":
                    signedIn = try await accounts.signIn(
                        loginToken: try body.requiredString("token"), device: device, from: exchange.origin)
                default: throw MatrixError.unknown("this way of signing in is not known", status: 400)
                }
                return .signedIn(signedIn)
            },
            Route(
                .post, "/_matrix/client/v1/login/get_token", permission: .passwordChange,
                audit: .writes(.sessionTokenIssued), rate: .credential
            ) { exchange, session in
                let request = try accounts.interactiveRequest(
                    try await exchange.bodyOrEmpty(), for: InteractiveOperation("POST /login/get_token", session),
                    flows: [[.password]])
                return try await challenging {
                    let authorisation = try await accounts.authorise(request, session: session, from: exchange.origin)
                    let token = try await accounts.makeLoginToken(authorisation, by: session.requester)
                    return .object { answer in
                        answer.member("login_token", token.token)
                        answer.member("expires_in_ms", token.lifetime)
                    }
                }
            },
            .open(
                .post, "/_matrix/client/v3/refresh", permission: .sessionRefresh, audit: .writes(.sessionRefresh),
                rate: .credential
            ) { exchange in
                let token = try await exchange.body().requiredString("refresh_token")
                let pair = try await accounts.refresh(token, from: exchange.origin)
                return .object { $0.tokens(pair) }
            },
            Route(
                .post, "/_matrix/client/v3/logout", permission: .sessionEnd, audit: .writes(.sessionLogout)
            ) { _, session in
                try await accounts.signOut(session.requester)
                return .empty
            },
            Route(
                .post, "/_matrix/client/v3/logout/all", permission: .sessionEnd, audit: .writes(.sessionLogoutAll)
            ) { _, session in
                try await accounts.signOutEverywhere(session.requester)
                return .empty
            },
        ]
    }
}

extension DeviceChoice {
    /// The members of `POST /login` and `POST /register` that concern the device.
    init(_ body: JSON) throws {
        try self.init(
            id: try body.optionalString("device_id"), displayName: try body.optionalString("initial_device_display_name"),
            refreshes: try body.optionalBool("refresh_token") ?? false)
    }
}

extension Reply {
    /// The answer to a sign-in or a registration that begins a session.
    static func signedIn(_ signedIn: SignedIn) -> Reply {
        .object { answer in
            answer.member("user_id", signedIn.user.rawValue)
            answer.member("device_id", signedIn.device)
            // Deprecated; old clients still read it.
            answer.member("home_server", signedIn.user.serverName.rawValue)
            answer.tokens(signedIn.tokens)
        }
    }
}

extension JSONWriter {
    /// The members that give tokens to a client.
    fileprivate mutating func tokens(_ pair: TokenPair) {
        member("access_token", pair.access)
        if let refresh = pair.refresh { member("refresh_token", refresh) }
        if let lifetime = pair.lifetime { member("expires_in_ms", lifetime) }
    }
}
