import Access
import Audit
import Matrix

/// Proof that a request carries a valid access token. Only ``Accounts`` can make one.
package struct Session: Sendable {
    /// Who asks, from which device and address.
    package let requester: Requester
    /// What his account may do.
    package let role: Role
    /// Whether anything is held against the account.
    package let standing: Standing
    /// When the token runs out, in milliseconds since 1970; nil is never.
    package let expiresAt: Int64?

    /// The user ID.
    package var user: UserID { requester.user }
    /// Whether this is a guest account.
    package var isGuest: Bool { role == .guest }

    /// Refuses what a suspended account may not do.
    /// - Throws: `M_USER_SUSPENDED`.
    package func requireUnsuspended() throws(MatrixError) {
        guard standing != .suspended else { throw IdentityError.suspended.matrixError }
    }

    init(_ known: KnownSession, origin: Origin) {
        requester = Requester(user: known.user, number: known.number, device: known.device, origin: origin)
        role = known.role
        standing = known.standing
        expiresAt = known.expiresAt
    }
}

/// What is remembered of a session between requests: everything but where the request comes from.
struct KnownSession: Sendable, Equatable {
    let number: Int64
    let user: UserID
    let device: String
    let role: Role
    let standing: Standing
    let expiresAt: Int64?
}

/// Sessions that have ended, so that whoever waits on their behalf stops waiting.
package struct EndedSessions: Sendable, Equatable {
    /// Whose sessions.
    package let user: Int64
    /// The device that they belong to; nil is every device.
    package let device: String?

    /// The sessions of one device, or of all.
    package init(user: Int64, device: String?) {
        self.user = user
        self.device = device
    }
}
