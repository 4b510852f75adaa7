/// A content type that is safe to put into a header field, and what may be done with content of that type.
package struct MediaType: Sendable, Hashable {
    /// The type with its parameters, as it is sent.
    package let rawValue: String

    /// What is known of content that nobody described.
    package static let unknown = MediaType(unchecked: "application/octet-stream")

    /// Reads a content type; what does not have the grammar of one, or is longer than 255 bytes, counts as unknown, as the
    /// specification has it for types that are missing.
    ///
    /// [RFC 9110, section 8.3.1](https://www.rfc-editor.org/rfc/rfc9110#section-8.3.1)
    package init(_ text: String?) {
        guard let text, text.utf8.count <= 255, Self.isMediaType(text) else {
            self = .unknown
            return
        }
        rawValue = text
    }

    private init(unchecked text: String) { rawValue = text }

    /// Type and subtype in lower case, without parameters.
    package var essence: String {
        rawValue.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }.lowercased()
    }

    /// Whether browsers may show it in place:
    /// [serving inline content](https://spec.matrix.org/v1.16/client-server-api/#serving-inline-content).
    package var isInline: Bool { Self.inline.contains(essence) }

    private static let inline: Set<String> = [
        "text/css", "text/plain", "text/csv", "application/json", "application/ld+json", "image/jpeg", "image/gif", "image/png",
        "image/apng", "image/webp", "image/avif", "video/mp4", "video/webm", "video/ogg", "video/quicktime", "audio/mp4",
        "audio/webm", "audio/aac", "audio/mpeg", "audio/ogg", "audio/wave", "audio/wav", "audio/x-wav", "audio/x-pn-wav",
        "audio/flac", "audio/x-flac",
    ]

    /// `token "/" token *( OWS ";" OWS token "=" ( token / quoted-string ) )`, printable ASCII throughout.
    private static func isMediaType(_ text: String) -> Bool {
        var rest = Array(text.utf8)[...]
        guard takeToken(&rest), rest.popFirst() == UInt8(ascii: "/"), takeToken(&rest) else { return false }
        while true {
            skipSpace(&rest)
            guard let next = rest.popFirst() else { return true }
            guard next == UInt8(ascii: ";") else { return false }
            skipSpace(&rest)
            // A semicolon with nothing behind it is a slip that changes nothing.
            if rest.isEmpty { return true }
            guard takeToken(&rest), rest.popFirst() == UInt8(ascii: "=") else { return false }
            guard rest.first == UInt8(ascii: "\"") ? takeQuoted(&rest) : takeToken(&rest) else { return false }
        }
    }

    private static func takeToken(_ rest: inout ArraySlice<UInt8>) -> Bool {
        let before = rest.count
        while let byte = rest.first, isTokenByte(byte) { rest.removeFirst() }
        return rest.count < before
    }

    private static func takeQuoted(_ rest: inout ArraySlice<UInt8>) -> Bool {
        rest.removeFirst()
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return true
            case UInt8(ascii: "\\"): guard let escaped = rest.popFirst(), isPrintable(escaped) else { return false }
            default: guard isPrintable(byte) else { return false }
            }
        }
        return false
    }

    private static func skipSpace(_ rest: inout ArraySlice<UInt8>) {
        while let byte = rest.first, byte == 0x20 || byte == 0x09 { rest.removeFirst() }
    }

    private static func isPrintable(_ byte: UInt8) -> Bool { (0x20...0x7E).contains(byte) }

    static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
