/// What the [identifiers](https://spec.matrix.org/v1.19/appendices/#identifier-grammar) have in common: they are text of a
/// grammar, and the same only if their bytes are the same. (Swift holds `é` and `e` + accent to be equal; Matrix does not.)
package protocol MatrixIdentifier: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The identifier as it is written.
    var rawValue: String { get }
    /// Takes text that is such an identifier; throws `M_INVALID_PARAM` otherwise.
    init(parsing text: some StringProtocol) throws(MatrixError)
}

extension MatrixIdentifier {
    /// The same bytes.
    package static func == (one: Self, other: Self) -> Bool {
        JSONText.equal(one.rawValue.utf8.span, other.rawValue.utf8.span)
    }

    /// The order of code points.
    package static func < (one: Self, other: Self) -> Bool {
        JSONText.precedes(one.rawValue.utf8.span, other.rawValue.utf8.span)
    }

    /// Feeds the bytes.
    package func hash(into hasher: inout Hasher) {
        rawValue.utf8.span.withUnsafeBytes { hasher.combine(bytes: $0) }
    }

    /// The identifier as it is written.
    package var description: String { rawValue }
}

/// The grammars that several identifiers share.
enum IdentifierGrammar {
    /// The longest identifier in bytes.
    static let maxLength = 255

    /// The place of the colon of `&localpart:domain`, if the text is such an identifier. The localpart may be anything but NUL.
    static func colon(in text: String, sigil: UInt8) -> Int? {
        let bytes = text.utf8.span
        guard bytes.count >= 3, bytes.count <= maxLength, bytes[0] == sigil else { return nil }
        var at = 1
        while at < bytes.count, bytes[at] != UInt8(ascii: ":") {
            guard bytes[at] != 0 else { return nil }
            at += 1
        }
        guard at < bytes.count, ServerNameGrammar.hostLength(bytes.extracting(at + 1..<bytes.count)) != nil else { return nil }
        return at
    }

    /// Whether the text is a sigil and 43 characters of URL-safe base64, the form of a hash.
    static func isHash(_ text: String, sigil: UInt8) -> Bool {
        let bytes = text.utf8.span
        guard bytes.count == 44, bytes[0] == sigil else { return false }
        for at in 1..<44 where !isURLSafeBase64(bytes[at]) { return false }
        return true
    }

    private static func isURLSafeBase64(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }

    /// The part of an identifier before or after a byte offset; every cut is at a colon or sigil, hence on a character.
    static func text(_ text: String, _ range: Range<Int>) -> String {
        JSONText.string(checked: text.utf8.span.extracting(range))
    }

    /// Whether the text is an [opaque identifier](https://spec.matrix.org/v1.19/appendices/#opaque-identifiers).
    static func isOpaque(_ text: String) -> Bool {
        (1...maxLength).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
                case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"): true
                default: false
                }
            }
    }
}
