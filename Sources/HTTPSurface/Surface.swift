import Audit
import HTTPTypes
import Hummingbird
import Identity
import Logging
import Matrix
import NIOCore
import Storage

/// The outermost responder: every request passes here once, on its way in and on its way out.
///
/// It finds the route, turns each error into the specification's form (never showing internals), adds the headers that
/// every answer carries and writes one log line that names the route's template, never the path.
package struct Surface: HTTPResponder {
    /// The request's storage.
    package typealias Context = SurfaceContext

    private let router: RouterResponder<SurfaceContext>
    private let metrics: SurfaceMetrics

    /// Builds the surface of a checked table.
    /// - Parameters:
    ///   - table: all routes.
    ///   - gate: who may pass.
    ///   - metrics: where requests are counted.
    package init(_ table: RouteTable, gate: Gate, metrics: SurfaceMetrics = SurfaceMetrics()) {
        // A question for the header fields alone is answered wherever the whole can be had.
        let router = Router(context: SurfaceContext.self, options: .autoGenerateHeadEndpoints)
        for (path, routes) in Dictionary(grouping: table.routes, by: \.path) {
            for path in Self.spellings(of: path) {
                for route in routes {
                    router.on(RouterPath(path), method: route.method) { request, context in
                        try await gate.pass(request, context, route).response(on: context.channel)
                    }
                }
                let answered = Set(routes.map(\.method))
                for method in Self.methods where !answered.contains(method) {
                    router.on(RouterPath(path), method: method) { _, _ -> Response in
                        throw MatrixError.unrecognized(status: 405)
                    }
                }
            }
        }
        self.router = router.buildResponder()
        self.metrics = metrics
    }

    /// Answers one request; does not throw, since every failure has an answer.
    package func respond(to request: Request, context: SurfaceContext) async throws -> Response {
        let start = ContinuousClock.now
        var response = await answer(request, context)
        response.headers.append(contentsOf: Self.standardHeaders)
        // Web clients of any origin use the protocol; the server's own pages are for themselves alone.
        let path = request.uri.path
        if path.hasPrefix("/_matrix/") || path.hasPrefix("/.well-known/") {
            response.headers.append(contentsOf: Self.crossOriginHeaders)
        }
        if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
        response.headers[Self.requestID] = context.id
        if request.method == .head { response = response.createHeadResponse() }
        let elapsed = ContinuousClock.now - start
        let route = context.endpointPath ?? "none"
        metrics.answered(route: route, method: request.method, status: response.status, in: elapsed)
        context.logger.debug(
            "request",
            metadata: [
                "method": "\(request.method.rawValue)", "route": "\(route)", "status": "\(response.status.code)",
                "ms": "\(elapsed.milliseconds)",
            ])
        return response
    }

    private func answer(_ request: Request, _ context: SurfaceContext) async -> Response {
        // A browser asks before it sends; the question carries no token and is answered for every path.
        if request.method == .options { return Reply.empty.response(on: context.channel) }
        do {
            let response = try await router.respond(to: request, context: context)
            // The router answers unknown paths by itself, with nothing.
            guard context.endpointPath != "NotFound" else { throw MatrixError.unrecognized(status: 404) }
            return response
        } catch {
            return Reply.error(Self.matrixError(of: error, context)).response(on: context.channel)
        }
    }

    private static func matrixError(of error: any Error, _ context: SurfaceContext) -> MatrixError {
        switch error {
        case let error as MatrixError: return error
        case let error as any MatrixErrorConvertible: return error.matrixError
        case let error as HTTPError where error.status == .notFound: return .unrecognized(status: 404)
        case let error as HTTPError where error.status == .contentTooLarge: return .tooLarge("the request is too large")
        case let error as HTTPError: return .unknown("the request cannot be answered", status: error.status.code)
        case is CancellationError: return .unknown("the request was given up", status: 503)
        default:
            // The error's text may hold content; its type never does.
            context.logger.error("request failed", metadata: ["error": "\(type(of: error))"])
            return .internalError(context.id)
        }
    }

    /// The paths under which a route is reached: older clients say `r0` where the specification now says `v3`.
    private static func spellings(of path: String) -> [String] {
        let current = "/_matrix/client/v3/"
        guard path.hasPrefix(current) else { return [path] }
        return [path, "/_matrix/client/r0/" + path.dropFirst(current.count)]
    }

    private static let methods: [HTTPRequest.Method] = [.get, .put, .post, .delete, .patch]
    private static let requestID = HTTPField.Name.constant("X-Request-ID")
    private static let crossOriginHeaders: HTTPFields = [
        .accessControlAllowOrigin: "*",
        .accessControlAllowMethods: "GET, POST, PUT, DELETE, OPTIONS",
        .accessControlAllowHeaders: "X-Requested-With, Content-Type, Authorization",
    ]
    private static let standardHeaders: HTTPFields = [
        .xContentTypeOptions: "nosniff",
        .strictTransportSecurity: "max-age=63072000",
        .constant("Referrer-Policy"): "no-referrer",
    ]
}

extension HTTPField.Name {
    /// A name that stands in this program's text.
    package static func constant(_ name: StaticString) -> HTTPField.Name {
        guard let name = HTTPField.Name("\(name)") else { preconditionFailure("\(name) is no header name") }
        return name
    }
}

extension Duration {
    /// Whole milliseconds.
    package var milliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}
