/// Which part of a body is wanted: [RFC 9110, section 14](https://www.rfc-editor.org/rfc/rfc9110#section-14).
package enum ByteRange: Sendable, Equatable {
    /// All of it.
    case whole
    /// These bytes, of which there is at least one.
    case part(Range<Int64>)
    /// A part that lies behind the end.
    case unsatisfiable

    /// What a `Range` header asks of a body of `length` bytes.
    ///
    /// A header that is not understood, of another unit, or for several parts at once is as if it were not there, which the RFC
    /// allows; nobody can make the server send more than the body by asking for it many times.
    package init(header: String?, of length: Int64) {
        self = header.flatMap { Self.parse($0, length) } ?? .whole
    }

    private static func parse(_ header: String, _ length: Int64) -> ByteRange? {
        let sides = header.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard sides.count == 2, sides[0].lowercased() == "bytes" else { return nil }
        let bounds = trimmed(sides[1]).split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard bounds.count == 2 else { return nil }
        if bounds[0].isEmpty {
            guard let count = number(bounds[1]) else { return nil }
            guard count > 0, length > 0 else { return .unsatisfiable }
            return .part(max(0, length - count)..<length)
        }
        guard let first = number(bounds[0]) else { return nil }
        if bounds[1].isEmpty { return first < length ? .part(first..<length) : .unsatisfiable }
        guard let last = number(bounds[1]), last >= first else { return nil }
        return first < length ? .part(first..<min(last, length - 1) + 1) : .unsatisfiable
    }

    /// Digits only; more of them than any file has bytes are as good as the largest number.
    private static func number(_ text: Substring) -> Int64? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int64(text) ?? .max
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while let first = text.utf8.first, first == 0x20 || first == 0x09 { text.removeFirst() }
        while let last = text.utf8.last, last == 0x20 || last == 0x09 { text.removeLast() }
        return text
    }
}
