import Access
import Audit
import Crypto
import Keys
import Matrix

/// Registration by programs that hold the registration secret, whatever the policy says about people.
extension Accounts {
    /// A nonce for one registration within a minute.
    /// - Throws: `M_UNRECOGNIZED` when no secret is set: the door does not exist.
    package func registrationNonce() throws -> String {
        guard policy.registrationSecret != nil else { throw MatrixError.unrecognized(status: 404) }
        return registrationNonces.give(at: time())
    }

    /// Makes an account and its first session.
    /// - Parameter code: HMAC-SHA256 under the secret over `nonce`, name, password and `admin` or `notadmin`, with a zero byte
    ///   between them.
    /// - Throws: `M_FORBIDDEN` when nonce or code do not fit, and what ``create(_:password:role:by:)`` throws.
    package func register(
        _ name: String, password: Secret, isAdmin: Bool, nonce: String, code: [UInt8], device: DeviceChoice,
        from origin: Origin
    ) async throws -> SignedIn {
        guard let secret = policy.registrationSecret else { throw MatrixError.unrecognized(status: 404) }
        var message = Array(nonce.utf8) + [0] + Array(name.utf8) + [0]
        password.withBytes { message.append(contentsOf: $0) }
        message += [0] + Array((isAdmin ? "admin" : "notadmin").utf8)
        guard registrationNonces.take(nonce, at: time()),
            HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: message, using: secret)
        else { throw IdentityError.wrongRegistrationCode }
        let user = try newUser(name)
        try checkNewPassword(password, forLocalpart: user.localpart)
        try await checkAvailable(user.localpart)
        let hash = try await passwords.hash(password)
        let session = NewSession(device, policy)
        try await insert(
            user, isAdmin ? .admin : .member, hash, session, .adminAccountCreate, by: .origin(origin))
        return session.signedIn(user)
    }
}
