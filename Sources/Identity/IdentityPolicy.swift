import Crypto
import Foundation

/// What the operator decides about accounts. Times are milliseconds.
package struct IdentityPolicy: Sendable {
    /// Who may make an account by himself.
    package enum Registration: String, Sendable, CaseIterable {
        /// Nobody: administrators make accounts.
        case closed
        /// Whoever has been given a registration token.
        case token
        /// Everybody.
        case open
    }

    /// Who may make an account by himself.
    package var registration: Registration = .closed
    /// Whether guest accounts are given out.
    package var allowsGuests = false
    /// The secret that lets programs make accounts at `/_conclave/v1/register`; without it that door does not exist.
    package var registrationSecret: SymmetricKey?
    /// The fewest characters of a password.
    package var minimumPasswordLength = 8
    /// Whether failed sign-ins slow down the next ones.
    package var throttlesSignIn = true
    /// How long an access token lasts when the client can refresh it.
    package var accessTokenLifetime: Int64 = 5 * 60_000
    /// How long an access token lasts when the client cannot refresh it; nil is until sign-out.
    package var sessionLifetime: Int64?
    /// How long a refresh token lasts when it is not used; nil is until sign-out.
    package var refreshTokenLifetime: Int64?
    /// How long a login token lasts.
    package var loginTokenLifetime: Int64 = 2 * 60_000
    /// How long an OpenID token lasts.
    package var openIDTokenLifetime: Int64 = 60 * 60_000
    /// The servers that calls go through; nil when there are none.
    package var turn: TurnServer?
    /// How long the set-up token of the first start lasts.
    package var setUpTokenLifetime: Int64 = 24 * 3_600_000
    /// How long a user-interactive authentication may take.
    package var interactiveLifetime: Int64 = 10 * 60_000
    /// Password hashes computed at once; each takes 19 MiB.
    package var hashesAtOnce = ProcessInfo.processInfo.activeProcessorCount
    /// Password hashes that may wait for their turn; more are refused.
    package var hashesWaiting = 64
    /// Local parts that nobody can register.
    package var reservedLocalparts: Set<String> = ["conclave", "server", "system", "notices"]

    /// The policy of a server that nobody has configured: closed.
    package init() {}
}
