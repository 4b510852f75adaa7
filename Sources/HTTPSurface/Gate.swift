import Access
import Audit
import HTTPTypes
import Hummingbird
import Identity
import Matrix
import Storage

/// Decides whether a request reaches its route: who asks, whether he asks too often, whether his role allows it.
/// What is refused for lack of rights is written to the audit log.
package struct Gate: Sendable {
    private let limits: SurfaceLimits
    private let limiter: RateLimiter
    private let store: Store
    private let now: @Sendable () -> Int64
    private let authenticate: @Sendable (String, Origin, Bool) async throws -> Session

    /// A gate.
    /// - Parameters:
    ///   - limits: sizes and rates.
    ///   - store: where denials are recorded.
    ///   - now: the clock, milliseconds since 1970.
    ///   - authenticate: finds the session of an access token or throws `M_UNKNOWN_TOKEN`; the last parameter says whether a
    ///     locked account passes, as it must to sign out.
    package init(
        limits: SurfaceLimits, store: Store, now: @escaping @Sendable () -> Int64,
        authenticate: @escaping @Sendable (String, Origin, Bool) async throws -> Session
    ) {
        self.limits = limits
        self.limiter = RateLimiter(rates: limits.rates)
        self.store = store
        self.now = now
        self.authenticate = authenticate
    }

    /// Lets the request through to its route, or throws why not.
    func pass(_ request: Request, _ context: SurfaceContext, _ route: Route) async throws -> Reply {
        let time = now()
        let exchange = Exchange(
            request: request, parameters: context.parameters, origin: origin(of: request, context), now: time,
            limits: limits, channel: context.channel)
        switch route.handler {
        case .open(let handler):
            try limiter.take(route.rate, caller: exchange.origin.address, now: time)
            return try await recordingDenial(route, exchange, nil) {
                try allow(route, role: .anonymous)
                return try await handler(exchange)
            }
        case .signedIn(let handler):
            guard let token = Self.token(of: request) else { throw MatrixError.missingToken() }
            let session = try await session(token, exchange, route)
            try limiter.take(route.rate, caller: session.requester.user.rawValue, now: time)
            return try await recordingDenial(route, exchange, session) {
                try allow(route, role: session.role)
                if route.isWithheldFromSuspended { try session.requireUnsuspended() }
                return try await handler(exchange, session)
            }
        case .eitherWay(let handler):
            var session: Session?
            if let token = Self.token(of: request) { session = try await self.session(token, exchange, route) }
            let who = session
            try limiter.take(route.rate, caller: who?.requester.user.rawValue ?? exchange.origin.address, now: time)
            return try await recordingDenial(route, exchange, who) {
                try allow(route, role: who?.role ?? .anonymous)
                return try await handler(exchange, who)
            }
        }
    }

    private func session(_ token: String, _ exchange: Exchange, _ route: Route) async throws -> Session {
        do {
            return try await authenticate(token, exchange.origin, route.permission == .sessionEnd)
        } catch let error as MatrixError where error.status == 401 {
            // Guessing tokens is hopeless, but it shall not be free.
            try limiter.take(.general, caller: exchange.origin.address, now: exchange.now)
            throw error
        }
    }

    private func allow(_ route: Route, role: Role) throws(MatrixError) {
        guard !route.admitted.contains(role) else { return }
        if role == .guest { throw .guestAccessForbidden() }
        throw .forbidden("your role does not allow this")
    }

    private func recordingDenial(
        _ route: Route, _ exchange: Exchange, _ session: Session?, _ body: () async throws -> Reply
    ) async throws -> Reply {
        do { return try await body() } catch {
            guard let refusal = Self.refusal(error) else { throw error }
            let entry = AuditEntry(
                code: .accessDenied, actor: session.map { .requester($0.requester) } ?? .origin(exchange.origin),
                target: "\(route.method.rawValue) \(route.path)", outcome: .denied, reason: refusal.code.rawValue,
                time: exchange.now)
            try await store.write { tx in try AuditLog.append(entry, tx) }
            throw refusal
        }
    }

    private static func refusal(_ error: any Error) -> MatrixError? {
        let error = (error as? MatrixError) ?? (error as? any MatrixErrorConvertible)?.matrixError
        guard let error, error.status == 403 else { return nil }
        return error
    }

    private func origin(of request: Request, _ context: SurfaceContext) -> Origin {
        var address = context.peer
        if limits.trustsForwardedFor, Self.isLoopback(address),
            let hop = request.headers[values: .xForwardedFor].last?.split(separator: ",").last
        {
            address = hop.trimmingPrefix(while: { $0 == " " }).prefix(45).description
        }
        return Origin(address: address, agent: String((request.headers[.userAgent] ?? "").prefix(256)), requestID: context.id)
    }

    private static func isLoopback(_ address: String) -> Bool { address == "::1" || address.hasPrefix("127.") }

    /// The access token: the `Authorization` header, or the query parameter that the specification still asks servers for.
    private static func token(of request: Request) -> String? {
        if let header = request.headers[.authorization] {
            let parts = header.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "bearer", parts[1].utf8.count <= 512 else { return nil }
            return String(parts[1])
        }
        return QueryForm(request).values(of: "access_token").first.flatMap { $0.utf8.count <= 512 ? $0 : nil }
    }
}

extension HTTPField.Name {
    /// Who asked a reverse proxy, one address a hop.
    fileprivate static let xForwardedFor = constant("X-Forwarded-For")
}
