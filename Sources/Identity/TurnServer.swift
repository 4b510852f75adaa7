import Crypto
import Foundation
import Keys
import Matrix

/// The TURN servers that calls go through, and the secret shared with them.
package struct TurnServer: Sendable {
    /// What a client shows to a TURN server.
    package struct Credentials: Sendable, Equatable {
        /// When they run out, in seconds since 1970, and for whom they were made.
        package let username: String
        /// The proof that the secret's holder made them.
        package let password: String
    }

    /// Addresses as `turn:turn.example.org:3478?transport=udp`.
    package let uris: [String]
    /// How long credentials last, in seconds.
    package let lifetime: Int64
    private let secret: Secret

    /// Servers that share one secret (`static-auth-secret` of coturn).
    package init(uris: [String], secret: Secret, lifetime: Int64) {
        self.uris = uris
        self.secret = secret
        self.lifetime = lifetime
    }

    /// Credentials for somebody, good for ``lifetime`` from `now` (milliseconds since 1970).
    ///
    /// `base64(HMAC-SHA1(secret, username))`, as
    /// [the TURN REST draft](https://datatracker.ietf.org/doc/html/draft-uberti-behave-turn-rest-00) and coturn have it.
    package func credentials(for user: UserID, at now: Int64) -> Credentials {
        let username = "\(now / 1000 + lifetime):\(user.rawValue)"
        let code = HMAC<Insecure.SHA1>.authenticationCode(for: Data(username.utf8), using: secret.key)
        return Credentials(username: username, password: Data(code).base64EncodedString())
    }
}
