import Matrix

/// A boundary in the order of threads by their last event, as clients carry it: `u<latest>_<end>`. What was said after `end` is
/// left to the next sync, so that pages go on from each other whatever happens meanwhile.
package struct ThreadsToken: Sendable, Hashable, CustomStringConvertible {
    /// Threads whose last event lies after this position come before the boundary.
    package let latest: Int64
    /// The last position that counts.
    package let end: Int64

    /// The boundary after the thread whose last event lies at a position.
    init(after latest: Int64, upTo end: Int64) {
        self.latest = max(0, latest - 1)
        self.end = end
    }

    /// Reads a token that an earlier answer gave; throws `M_INVALID_PARAM`.
    package init(parsing text: String) throws(MatrixError) {
        let numbers = text.dropFirst().split(separator: "_", omittingEmptySubsequences: false).map { Self.number($0) }
        guard text.first == "u", text.utf8.count <= 40, numbers.count == 2, let latest = numbers[0], let end = numbers[1] else {
            throw .invalidParam("This is not a pagination token of this server.")
        }
        self.latest = latest
        self.end = end
    }

    /// The token as clients get it.
    package var description: String { "u\(latest)_\(end)" }

    private static func number(_ digits: Substring) -> Int64? {
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            return nil
        }
        return Int64(digits)
    }
}

/// How much one page about threads has at most.
package enum ThreadPages {
    /// Changes of which threads somebody follows.
    package static let largestOfChanges = 500
    /// Threads in which something was said.
    package static let largestOfUpdates = 100
}
