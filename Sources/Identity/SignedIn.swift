import Access
import Audit
import Matrix
import Storage

/// What a client gets when a session begins.
package struct SignedIn: Sendable {
    /// The user ID.
    package let user: UserID
    /// The device, chosen by the client or made.
    package let device: String
    /// The access token and, for clients that can use one, the refresh token.
    package let tokens: TokenPair
}

/// An access token and what keeps it going.
package struct TokenPair: Sendable {
    /// The access token.
    package let access: String
    /// The refresh token.
    package let refresh: String?
    /// How long the access token lasts, in milliseconds; nil is until sign-out.
    package let lifetime: Int64?

    init(refreshes: Bool, _ policy: IdentityPolicy) {
        access = OpaqueToken.random(.access)
        refresh = refreshes ? OpaqueToken.random(.refresh) : nil
        lifetime = refreshes ? policy.accessTokenLifetime : policy.sessionLifetime
    }

    /// Stores the tags of the pair for a device that exists.
    func insert(_ user: Int64, _ device: String, at now: Int64, _ policy: IdentityPolicy, _ tx: Transaction) throws {
        let tag = refresh.map { tx.tag($0, .refreshToken) }
        if let tag {
            try TokenQueries.insertRefresh(
                tag, user, device, at: now, expires: policy.refreshTokenLifetime.map { now + $0 }, tx)
        }
        try TokenQueries.insertAccess(
            tx.tag(access, .token), user, device, at: now, expires: lifetime.map { now + $0 }, refresh: tag, tx)
    }
}

/// A session about to begin: its tokens exist, the database does not know them yet. Made outside the transaction, which may
/// run twice.
struct NewSession: Sendable {
    let device: String
    let displayName: String?
    let tokens: TokenPair
    let policy: IdentityPolicy

    init(_ choice: DeviceChoice, _ policy: IdentityPolicy) {
        device = choice.id ?? OpaqueToken.deviceID()
        displayName = choice.displayName
        tokens = TokenPair(refreshes: choice.refreshes, policy)
        self.policy = policy
    }

    /// Makes the device or takes over a known one, whose tokens end.
    func begin(_ number: Int64, _ origin: Origin, at now: Int64, _ accounts: Accounts, _ tx: Transaction) throws {
        try accounts.appears(number, device, tx)
        if try !DeviceQueries.insert(number, device, name: displayName, at: now, tx) {
            try TokenQueries.delete(number, device, tx)
            accounts.end(number, device, after: tx)
        }
        try DeviceQueries.saw(
            LastSeen.Sighting(
                device: LastSeen.Device(user: number, device: device), at: now, address: origin.address, agent: origin.agent),
            tx)
        try tokens.insert(number, device, at: now, policy, tx)
    }

    func signedIn(_ user: UserID) -> SignedIn { SignedIn(user: user, device: device, tokens: tokens) }
}
