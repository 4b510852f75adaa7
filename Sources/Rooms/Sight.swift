import Matrix
import Storage

/// The stretches of a room's history that one person may see, as a condition of a query.
///
/// It lets the database count and sort what is visible without opening or fetching what is not.
package struct Sight: Sendable, Equatable {
    /// Open-ended stretches of positions, oldest first; never overlapping.
    package let stretches: [ClosedRange<Int64>]

    /// More stretches than this make no condition; then the oldest are as if hidden.
    private static let mostStretches = 200

    /// What a reader sees up to a position, that one included.
    package init(_ history: HistoryReader, upTo end: Int64) {
        let changes = Set(history.memberships.map(\.position) + history.visibilities.map(\.position)).sorted()
        var stretches: [ClosedRange<Int64>] = []
        func add(_ low: Int64, _ high: Int64) {
            // Between two changes every event is as visible as the first.
            guard low <= min(high, end), history.maySee(low) else { return }
            let high = min(high, end)
            if let last = stretches.last, last.upperBound == low - 1 {
                stretches[stretches.count - 1] = last.lowerBound...high
            } else {
                stretches.append(low...high)
            }
        }
        var low: Int64 = 1
        for change in changes where change >= low {
            add(low, change - 1)
            add(change, change)
            low = change + 1
        }
        add(low, .max)
        self.stretches = stretches.suffix(Self.mostStretches)
    }

    /// The condition that a column of positions lies in sight. Its arguments are ``arguments``.
    func clause(_ column: String) -> String {
        if stretches.isEmpty { return "1 = 0" }
        return "(" + filled.map { _ in "\(column) BETWEEN ? AND ?" }.joined(separator: " OR ") + ")"
    }

    /// The arguments of ``clause(_:)``.
    var arguments: [SQLValue] { filled.flatMap { [.int($0.low), .int($0.high)] } }

    // Filled up with stretches that hold nothing, so that there are few texts of statements.
    private var filled: [(low: Int64, high: Int64)] {
        guard !stretches.isEmpty else { return [] }
        var filled = stretches.map { (low: $0.lowerBound, high: $0.upperBound) }
        while filled.count < SQLList.size(for: stretches.count) { filled.append((low: 1, high: 0)) }
        return filled
    }
}
