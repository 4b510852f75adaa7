import HTTPSurface
import HTTPTypes
import Matrix
import Media
import NIOCore

/// Media as it is sent: whole or in part, with the header fields that keep browsers from running it.
struct MediaReply {
    /// The content type.
    let type: MediaType
    /// How it is offered.
    let disposition: ContentDisposition
    /// What tells this content from any other; content at an address never changes.
    let tag: String
    /// The content.
    let reader: ObjectReader

    /// The answer to a request with these header fields. Its first part is opened before the status is sent, so that damage
    /// is an error where it can be; found later, it cuts the connection.
    func reply(to request: HTTPFields) async throws -> Reply {
        let entity = "\"\(tag)\""
        var headers = Self.protections
        headers[.eTag] = entity
        headers[.cacheControl] = "private, max-age=31536000, immutable"
        if request[values: .ifNoneMatch].contains(where: { Self.names(entity, in: $0) }) {
            return Reply(status: .notModified, headers: headers, body: [])
        }
        headers[.acceptRanges] = "bytes"
        headers[.contentType] = type.rawValue
        headers[.contentDisposition] = disposition.header
        // A part is of use only to who has the rest of the same content.
        let wanted = request[.ifRange].map { $0 == entity } ?? true ? request[.range] : nil
        switch ByteRange(header: wanted, of: reader.length) {
        case .whole:
            return Reply(status: .ok, headers: headers, body: try await body(0..<reader.length))
        case .part(let range):
            headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(reader.length)"
            return Reply(status: .partialContent, headers: headers, body: try await body(range))
        case .unsatisfiable:
            var refusal = Reply.error(.unknown("this part lies behind the end of the content", status: 416))
            refusal.headers[.contentRange] = "bytes */\(reader.length)"
            return refusal
        }
    }

    private func body(_ range: Range<Int64>) async throws -> Reply.Body {
        var parts = ObjectParts(range)
        guard let first = parts.next() else { return .bytes([]) }
        let opened = try await reader.bytes(first)
        return .stream(
            length: range.count,
            StreamedBody { [reader, parts] send in
                try await send(ByteBuffer(bytes: opened))
                for part in parts { try await send(ByteBuffer(bytes: try await reader.bytes(part))) }
            })
    }

    /// Whether a list of entity tags names one; `W/` makes no difference to who asks whether anything changed.
    private static func names(_ entity: String, in list: String) -> Bool {
        list.split(separator: ",").contains { item in
            let item = item.drop { $0 == " " || $0 == "\t" }
            let bare = item.hasPrefix("W/") ? item.dropFirst(2) : item
            return bare == "*" || bare.prefix(entity.count) == entity
        }
    }

    /// As the specification recommends for content of others.
    private static let protections: HTTPFields = {
        [
            .contentSecurityPolicy:
                "sandbox; default-src 'none'; script-src 'none'; plugin-types application/pdf; style-src 'unsafe-inline'; object-src 'self';",
            .constant("Cross-Origin-Resource-Policy"): "cross-origin",
        ]
    }()
}
