import HTTPTypes
import Hummingbird
import Matrix
import NIOCore

/// An answer before it becomes an HTTP response.
package struct Reply: Sendable {
    /// The status.
    package var status: HTTPResponse.Status
    /// Header fields besides those that every answer carries.
    package var headers: HTTPFields
    /// The body.
    package var body: Body

    /// What follows the header fields.
    package enum Body: Sendable {
        /// Bytes that are there.
        case bytes([UInt8])
        /// Bytes that come piece by piece, so many in all.
        case stream(length: Int, StreamedBody)
    }

    /// An answer of any type.
    package init(status: HTTPResponse.Status, headers: HTTPFields = [:], body: [UInt8]) {
        self.init(status: status, headers: headers, body: .bytes(body))
    }

    /// An answer whose body may be long.
    package init(status: HTTPResponse.Status, headers: HTTPFields, body: Body) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// A JSON answer of finished bytes.
    package static func json(_ bytes: [UInt8], status: HTTPResponse.Status = .ok) -> Reply {
        Reply(status: status, headers: [.contentType: "application/json"], body: bytes)
    }

    /// A JSON object, written member by member.
    package static func object(
        status: HTTPResponse.Status = .ok, _ body: (inout JSONWriter) throws -> Void
    ) rethrows -> Reply {
        var writer = JSONWriter()
        try writer.object(body)
        return .json(writer.bytes, status: status)
    }

    /// `{}`.
    package static let empty = Reply.json([0x7B, 0x7D])

    /// A page.
    package static func html(_ text: String, status: HTTPResponse.Status = .ok) -> Reply {
        Reply(status: status, headers: [.contentType: "text/html; charset=utf-8"], body: [UInt8](text.utf8))
    }

    /// The answer of an error, in the standard form of the specification.
    package static func error(_ error: MatrixError) -> Reply {
        var reply = Reply.json(error.body(), status: .init(code: error.status))
        if case .int(let milliseconds)? = error.extra["retry_after_ms"] {
            reply.headers[.retryAfter] = String((milliseconds + 999) / 1000)
        }
        return reply
    }
}
