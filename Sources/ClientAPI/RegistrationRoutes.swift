import Access
import Audit
import HTTPSurface
import HTTPTypes
import Identity
import Keys
import Matrix

extension ClientRoutes {
    /// Making an account for oneself.
    static func registration(_ services: ClientServices) -> [Route] {
        let accounts = services.accounts
        return [
            .open(
                .post, "/_matrix/client/v3/register", permission: .accountRegister, audit: .writes(.accountRegister),
                rate: .credential
            ) { exchange in
                let body = try await exchange.bodyOrEmpty()
                switch exchange.query("kind") {
                case nil, "user": return try await register(body, exchange, accounts)
                case "guest":
                    let name = try body.optionalString("initial_device_display_name")
                    let signedIn = try await accounts.registerGuest(
                        device: try DeviceChoice(displayName: name), from: exchange.origin)
                    return .signedIn(signedIn)
                default: throw MatrixError.invalidParam("kind must be user or guest")
                }
            },
            .open(
                .get, "/_matrix/client/v3/register/available", permission: .accountRegister, audit: .reads, rate: .credential
            ) { exchange in
                guard let name = exchange.query("username") else { throw MatrixError.missingParam("username is missing") }
                _ = try accounts.registrationFlows()
                try await accounts.checkAvailable(name)
                return .object { $0.member("available", true) }
            },
            .open(
                .get, "/_matrix/client/v1/register/m.login.registration_token/validity", permission: .accountRegister,
                audit: .reads, rate: .credential
            ) { exchange in
                guard let token = exchange.query("token") else { throw MatrixError.missingParam("token is missing") }
                let isValid = try await accounts.isValid(registrationToken: token)
                return .object { $0.member("valid", isValid) }
            },
        ]
    }

    private static func register(_ body: JSON, _ exchange: Exchange, _ accounts: Accounts) async throws -> Reply {
        let request = try accounts.interactiveRequest(
            body, for: InteractiveOperation("POST /register", nil), flows: try accounts.registrationFlows())
        let wish = request.parameters
        let name = try wish.optionalString("username")
        let password = try wish.optionalString("password").map { Secret($0) }
        let device = try wish.optionalBool("inhibit_login") == true ? nil : DeviceChoice(wish)
        var guest: UserID?
        if let token = try wish.optionalString("guest_access_token") {
            guest = try await accounts.guest(of: token, named: name, from: exchange.origin)
        } else if let name {
            try await accounts.checkAvailable(name)
        }
        if let password { try accounts.checkNewPassword(password, forLocalpart: name) }
        return try await challenging {
            // A client may first ask for the flows alone; what passes the stages must be whole.
            if password == nil, request.isAttempt { throw IdentityError.missingPassword }
            let authorisation = try await accounts.authorise(request, session: nil, from: exchange.origin)
            guard let password else { throw IdentityError.missingPassword }
            if let guest {
                let session = try await accounts.upgrade(
                    guest: guest, password: password, device: device, authorisation, from: exchange.origin)
                if let session { return .signedIn(session) }
                return .object { $0.member("user_id", guest.rawValue) }
            }
            let made = try await accounts.register(
                name, password: password, device: device, authorisation, from: exchange.origin)
            if let session = made.session { return .signedIn(session) }
            return .object { $0.member("user_id", made.user.rawValue) }
        }
    }

    /// The door for programs that hold the registration secret.
    static func sharedSecretRegistration(_ services: ClientServices) -> [Route] {
        let accounts = services.accounts
        let path = "/_conclave/v1/register"
        return [
            .open(.get, path, permission: .accountRegister, audit: .reads) { _ in
                let nonce = try accounts.registrationNonce()
                return .object { $0.member("nonce", nonce) }
            },
            .open(
                .post, path, permission: .accountRegister, audit: .writes(.adminAccountCreate), rate: .credential
            ) { exchange in
                let body = try await exchange.body()
                guard let code = Hex.decode(try body.requiredString("mac")) else {
                    throw MatrixError.badJSON("mac must be hexadecimal")
                }
                let made = try await accounts.register(
                    try body.requiredString("username"), password: Secret(try body.requiredString("password")),
                    isAdmin: try body.optionalBool("admin") ?? false, nonce: try body.requiredString("nonce"), code: code,
                    device: try DeviceChoice(body), from: exchange.origin)
                return .signedIn(made)
            },
        ]
    }
}
