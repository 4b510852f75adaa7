/// The place of a property in an event, such as `content.m\.relates_to.rel_type`.
/// [Dot-separated property paths](https://spec.matrix.org/v1.19/appendices/#dot-separated-property-paths)
package struct PropertyPath: Hashable, Sendable {
    /// The path as it was written.
    package let text: String
    /// The names of the properties, the outermost first.
    package let names: [String]

    /// Any text is a path: a backslash takes the meaning from a dot or a backslash after it, and stands for itself otherwise.
    package init(_ text: String) {
        self.text = text
        var names: [String] = []
        var name = String.UnicodeScalarView()
        var isEscaped = false
        for scalar in text.unicodeScalars {
            switch (isEscaped, scalar) {
            case (false, "\\"): isEscaped = true
            case (false, "."):
                names.append(String(name))
                name = .init()
            case (true, "."), (true, "\\"):
                name.append(scalar)
                isEscaped = false
            case (true, _):
                name.append("\\")
                name.append(scalar)
                isEscaped = false
            case (false, _): name.append(scalar)
            }
        }
        if isEscaped { name.append("\\") }
        names.append(String(name))
        self.names = names
    }

    /// The same bytes.
    package static func == (one: PropertyPath, other: PropertyPath) -> Bool {
        JSONText.equal(one.text.utf8.span, other.text.utf8.span)
    }

    /// Feeds the bytes.
    package func hash(into hasher: inout Hasher) { text.utf8.span.withUnsafeBytes { hasher.combine(bytes: $0) } }

    /// Where messages keep their text, the one property that patterns search word by word.
    package static let body = PropertyPath("content.body")
}
