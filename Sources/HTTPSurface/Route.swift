import Access
import Audit
import HTTPTypes
import Identity
import Matrix

/// One operation of the server: where it is reached, who may call it and what it leaves in the audit log.
///
/// A route is a value, so that tables of routes can be checked before the first request is answered (see ``RouteTable``).
package struct Route: Sendable {
    /// What a call of the route leaves in the audit log.
    package enum AuditDeclaration: Sendable, Equatable {
        /// The route only reads; denials are recorded all the same.
        case reads
        /// The route changes something and its action appends an entry with this code.
        case writes(AuditCode)
        /// The route changes something that has no record of its own, for the reason given (for instance typing, which is memory only).
        case unrecorded(because: String)
    }

    /// How many calls one person or address may make.
    package enum Rate: Sendable, Hashable {
        /// Reading and small changes.
        case general
        /// Sending events.
        case message
        /// Sign-in, registration and everything else that tries a secret.
        case credential
        /// Not limited: long polls, health.
        case unlimited
    }

    /// What answers the request.
    package enum Handler: Sendable {
        /// Everybody may call it.
        case open(@Sendable (Exchange) async throws -> Reply)
        /// A valid access token is needed.
        case signedIn(@Sendable (Exchange, Session) async throws -> Reply)
        /// A token is looked at when one is sent.
        case eitherWay(@Sendable (Exchange, Session?) async throws -> Reply)
    }

    /// The HTTP method.
    package let method: HTTPRequest.Method
    /// The path template, with `{name}` for each variable part.
    package let path: String
    /// What the caller's role must hold.
    package let permission: Permission
    /// What the call leaves in the audit log.
    package let audit: AuditDeclaration
    /// How often it may be called.
    package let rate: Rate
    /// What answers it.
    package let handler: Handler
    /// The roles that hold the permission, worked out once.
    let admitted: RoleSet
    /// Whether suspended accounts are refused.
    let isWithheldFromSuspended: Bool

    /// A route for people who are signed in.
    package init(
        _ method: HTTPRequest.Method, _ path: String, permission: Permission, audit: AuditDeclaration,
        rate: Rate = .general, handler: @escaping @Sendable (Exchange, Session) async throws -> Reply
    ) {
        self.init(method, path, permission, audit, rate, .signedIn(handler))
    }

    /// A route for everybody.
    package static func open(
        _ method: HTTPRequest.Method, _ path: String, permission: Permission, audit: AuditDeclaration,
        rate: Rate = .general, handler: @escaping @Sendable (Exchange) async throws -> Reply
    ) -> Route {
        Route(method, path, permission, audit, rate, .open(handler))
    }

    /// A route that works with and without a token.
    package static func eitherWay(
        _ method: HTTPRequest.Method, _ path: String, permission: Permission, audit: AuditDeclaration,
        rate: Rate = .general, handler: @escaping @Sendable (Exchange, Session?) async throws -> Reply
    ) -> Route {
        Route(method, path, permission, audit, rate, .eitherWay(handler))
    }

    private init(
        _ method: HTTPRequest.Method, _ path: String, _ permission: Permission, _ audit: AuditDeclaration, _ rate: Rate,
        _ handler: Handler
    ) {
        self.method = method
        self.path = path
        self.permission = permission
        self.audit = audit
        self.rate = rate
        self.handler = handler
        admitted = RoleSet(Role.allCases.filter { $0.may(permission) })
        isWithheldFromSuspended = Permission.withheldFromSuspended.contains(permission)
    }
}

/// Several roles in one word, so that a request asks for its own without hashing names.
struct RoleSet {
    private let bits: UInt

    /// The set of these roles.
    init(_ roles: [Role]) { bits = roles.reduce(0) { $0 | Self.bit($1) } }

    /// Whether a role is among them.
    func contains(_ role: Role) -> Bool { bits & Self.bit(role) != 0 }

    private static func bit(_ role: Role) -> UInt {
        switch role {
        case .anonymous: 1
        case .guest: 2
        case .member: 4
        case .bot: 8
        case .admin: 16
        }
    }
}
