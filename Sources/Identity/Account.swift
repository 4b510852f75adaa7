import Access
import Matrix

/// What an account may do at all.
package enum Standing: String, Sendable, CaseIterable {
    /// Nothing is held against it.
    case active
    /// Nothing but signing out, until an administrator lifts it.
    case locked
    /// Reads, and little else.
    case suspended
    /// Gone for good; the name stays taken.
    case deactivated
}

/// One account, without its secrets.
package struct Account: Sendable, Equatable {
    /// The person's number.
    package let number: Int64
    /// The user ID.
    package let user: UserID
    /// What the account may do.
    package let role: Role
    /// Whether it may do anything.
    package let standing: Standing
    /// When it was made, in milliseconds since 1970.
    package let createdAt: Int64
    /// Whether it can sign in with a password.
    package let hasPassword: Bool
}
