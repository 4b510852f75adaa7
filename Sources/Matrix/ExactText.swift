/// Text that equals other text only if the bytes are the same, for sets and keys of what the protocol names: state keys, and IDs
/// that were not parsed. (Swift holds `é` and `e` + accent to be equal; Matrix does not.)
package struct ExactText: Hashable, Sendable, ExpressibleByStringLiteral {
    /// The text.
    package let text: String

    /// Text to be compared by its bytes.
    package init(_ text: String) { self.text = text }

    /// Text to be compared by its bytes.
    package init(stringLiteral value: String) { text = value }

    /// The same bytes.
    package static func == (one: ExactText, other: ExactText) -> Bool {
        JSONText.equal(one.text.utf8.span, other.text.utf8.span)
    }

    /// Feeds the bytes.
    package func hash(into hasher: inout Hasher) {
        text.utf8.span.withUnsafeBytes { hasher.combine(bytes: $0) }
    }
}
