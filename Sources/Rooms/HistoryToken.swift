import Matrix

/// A boundary in a room's history as clients carry it: `t<position>`, after the event at that position and before the next.
///
/// The tokens of `/sync` (`s<position>_<serial>`) name a boundary as well.
package struct HistoryToken: Sendable, Hashable, CustomStringConvertible {
    /// The last position before the boundary.
    package let position: Int64

    /// The boundary after a position.
    package init(after position: Int64) { self.position = max(0, position) }

    /// The boundary before a position.
    package init(before position: Int64) { self.init(after: position - 1) }

    /// Reads a token of `/messages`, `/context` or `/sync`; throws `M_INVALID_PARAM`.
    package init(parsing text: String) throws(MatrixError) {
        let digits: Substring
        switch text.first {
        case "t": digits = text.dropFirst()
        case "s": digits = text.dropFirst().prefix { $0 != "_" }
        default: throw .invalidParam("This is not a pagination token of this server.")
        }
        guard digits.utf8.count <= 19, digits.utf8.allSatisfy({ (48...57).contains($0) }), let position = Int64(digits) else {
            throw .invalidParam("This is not a pagination token of this server.")
        }
        self.position = position
    }

    /// The token as clients get it.
    package var description: String { "t\(position)" }
}
