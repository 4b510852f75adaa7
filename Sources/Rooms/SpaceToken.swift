import Matrix

/// Where a page of a space begins, and of what question it is the answer: `h<offset>_<depth>_<suggested>`.
package struct SpaceToken: Sendable, Equatable, CustomStringConvertible {
    /// How many rooms were told before.
    package let offset: Int
    /// How many levels were asked for; `nil` for all.
    package let depth: Int?
    /// Whether only suggested rooms were asked for.
    package let suggestedOnly: Bool

    /// The token of a page.
    package init(offset: Int, depth: Int?, suggestedOnly: Bool) {
        self.offset = offset
        self.depth = depth
        self.suggestedOnly = suggestedOnly
    }

    /// Reads a token; throws `M_INVALID_PARAM`.
    package init(parsing text: String) throws(MatrixError) {
        let parts = text.dropFirst().split(separator: "_", omittingEmptySubsequences: false)
        guard text.first == "h", text.utf8.count <= 48, parts.count == 3, let offset = Self.number(parts[0]),
            parts[1].isEmpty || Self.number(parts[1]) != nil, parts[2] == "0" || parts[2] == "1"
        else { throw .invalidParam("from is not a token of this server") }
        self.init(offset: offset, depth: Self.number(parts[1]), suggestedOnly: parts[2] == "1")
    }

    /// The token as clients get it.
    package var description: String { "h\(offset)_\(depth.map(String.init) ?? "")_\(suggestedOnly ? 1 : 0)" }

    private static func number(_ text: Substring) -> Int? {
        guard text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int(text)
    }
}
