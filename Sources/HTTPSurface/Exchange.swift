import Audit
import HTTPTypes
import Hummingbird
import Matrix
import NIOCore

/// One request as a route sees it: the path and query decoded, the body bounded in size and time.
package struct Exchange: Sendable {
    /// The request as it came.
    package let request: Request
    /// The variable parts of the path, still percent-encoded.
    let parameters: Parameters
    /// Where the request comes from.
    package let origin: Origin
    /// When it came, in milliseconds since 1970.
    package let now: Int64
    /// Limits of the surface.
    let limits: SurfaceLimits
    /// What the request came over.
    let channel: any Channel

    /// A variable part of the path, percent-decoded.
    /// - Throws: `M_INVALID_PARAM` when it is not valid UTF-8.
    package func path(_ name: String) throws(MatrixError) -> String {
        guard let raw = parameters[name[...]], let text = String(raw).removingPercentEncodingStrictly else {
            throw .invalidParam("the path's \(name) is not readable")
        }
        return text
    }

    /// A variable part that may be missing because the path ended before it, for instance an empty state key.
    package func pathIfPresent(_ name: String) throws(MatrixError) -> String {
        parameters[name[...]] == nil ? "" : try path(name)
    }

    /// The first value of a query parameter.
    package func query(_ name: String) -> String? { QueryForm(request).values(of: name).first }

    /// All values of a query parameter that may be repeated.
    package func queryAll(_ name: String) -> [String] { QueryForm(request).values(of: name) }

    /// A query parameter that is a whole number.
    /// - Throws: `M_INVALID_PARAM` when it is something else.
    package func queryInt(_ name: String) throws(MatrixError) -> Int64? {
        guard let text = query(name) else { return nil }
        guard let number = Int64(text), number.magnitude <= 1 << 53 else {
            throw .invalidParam("\(name) must be a whole number")
        }
        return number
    }

    /// A query parameter that is `true` or `false`.
    /// - Throws: `M_INVALID_PARAM` when it is something else.
    package func queryBool(_ name: String) throws(MatrixError) -> Bool? {
        switch query(name) {
        case nil: return nil
        case "true": return true
        case "false": return false
        default: throw .invalidParam("\(name) must be true or false")
        }
    }

    /// The body as a JSON object.
    /// - Throws: `M_NOT_JSON`, `M_BAD_JSON` when it is not an object, `M_TOO_LARGE`.
    package func body() async throws -> JSON {
        try Self.object(try await bytes())
    }

    /// The body as a JSON object, an absent body being `{}`.
    package func bodyOrEmpty() async throws -> JSON {
        let bytes = try await bytes()
        return try Self.object(bytes.isEmpty ? [0x7B, 0x7D] : bytes)
    }

    /// The bytes of the body, at most the limit for JSON bodies, within the deadline for bodies.
    package func bytes() async throws -> [UInt8] {
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limits.bodyBytes {
            throw MatrixError.tooLarge("the request body is larger than \(limits.bodyBytes) bytes")
        }
        // Most bodies are here already, so the deadline must cost next to nothing: no task, only a mark on the connection's clock.
        let timer = channel.eventLoop.scheduleTask(in: TimeAmount(limits.bodyDeadline)) { [channel] in
            channel.pipeline.fireErrorCaught(BodyTooLate())
        }
        defer { timer.cancel() }
        do { return try await Self.collect(request.body, upTo: limits.bodyBytes) } catch is BodyTooLate {
            throw MatrixError.unknown("the request body took too long", status: 408)
        }
    }

    private static func collect(_ body: RequestBody, upTo limit: Int) async throws -> [UInt8] {
        var collected: [UInt8] = []
        for try await part in body {
            guard collected.count + part.readableBytes <= limit else {
                throw MatrixError.tooLarge("the request body is larger than \(limit) bytes")
            }
            collected.append(contentsOf: part.readableBytesView)
        }
        return collected
    }

    private static func object(_ bytes: [UInt8]) throws(MatrixError) -> JSON {
        let json: JSON
        do { json = try JSON(parsing: bytes) } catch { throw error.matrixError }
        guard json.kind == .object else { throw .badJSON("the request body must be a JSON object") }
        return json
    }
}

/// Ends the reading of a body whose deadline has passed.
private struct BodyTooLate: Error {}

extension QueryForm {
    /// The query of a request, empty where there is none.
    init(_ request: Request) { self.init(request.uri.query ?? "") }
}
