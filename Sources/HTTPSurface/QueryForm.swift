/// The query of a request, read as a form as browsers and client libraries write it: a space may come as `+`. A pair that is not
/// well encoded is as if it were not there.
package struct QueryForm {
    private let query: String

    /// The form of a query without its question mark.
    package init(_ query: String) { self.query = query }

    /// The values of a name, in their order.
    package func values(of name: String) -> [String] {
        guard !query.isEmpty else { return [] }
        var values: [String] = []
        for pair in query.utf8.split(separator: UInt8(ascii: "&")) {
            let end = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
            guard Self.means(pair[..<end], name) else { continue }
            if let value = Self.text(pair[end...].dropFirst()) { values.append(value) }
        }
        return values
    }

    private static func means(_ written: Substring.UTF8View, _ name: String) -> Bool {
        written.elementsEqual(name.utf8) || (isEncoded(written) && text(written) == name)
    }

    private static func text(_ written: Substring.UTF8View) -> String? {
        guard isEncoded(written) else { return String(Substring(written)) }
        let spaced = written.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: " ") : $0 }
        return String(decoding: spaced, as: UTF8.self).removingPercentEncodingStrictly
    }

    private static func isEncoded(_ written: Substring.UTF8View) -> Bool {
        written.contains { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }
    }
}
