import Matrix

/// Where a page of results ended: what comes after it in the same order, in one group or in all.
///
/// Written `<rank>_<position>`, for a group followed by `_r<room>` or `_s<sender>`. It says nothing that the page did not say
/// but the position of the last result, so it needs no seal; what it leads to is checked like the first page.
package struct SearchCursor: Sendable, Equatable, CustomStringConvertible {
    /// The rank of the last result.
    let rank: Int
    /// Its position.
    let position: Int64
    /// The group that goes on; nil for all results.
    let group: SearchGroup?

    init(rank: Int, position: Int64, group: SearchGroup? = nil) {
        self.rank = rank
        self.position = position
        self.group = group
    }

    /// Reads a `next_batch`.
    /// - Throws: ``SearchError/badToken``.
    package init(parsing text: String) throws(SearchError) {
        let parts = text.utf8.count <= 600 ? text.split(separator: "_", maxSplits: 2, omittingEmptySubsequences: false) : []
        guard parts.count >= 2, let rank = Int(number: parts[0]), let position = Int(number: parts[1]) else { throw .badToken }
        self.rank = rank
        self.position = Int64(position)
        guard parts.count == 3 else {
            group = nil
            return
        }
        let name = String(parts[2].dropFirst())
        switch parts[2].first {
        case "r": do { group = .room(try RoomID(parsing: name)) } catch { throw .badToken }
        case "s": do { group = .sender(try UserID(parsing: name)) } catch { throw .badToken }
        default: throw .badToken
        }
    }

    /// The token as clients get it.
    package var description: String {
        switch group {
        case nil: "\(rank)_\(position)"
        case .room(let room): "\(rank)_\(position)_r\(room)"
        case .sender(let user): "\(rank)_\(position)_s\(user)"
        }
    }

    /// Whether a result comes after this place.
    func isBefore(rank: Int, position: Int64, in order: SearchOrder) -> Bool {
        order.comes((self.rank, self.position), before: (rank, position))
    }
}

extension Int {
    fileprivate init?(number text: Substring) {
        guard (1...18).contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        self.init(text)
    }
}

/// One group of results.
package enum SearchGroup: Sendable, Hashable {
    /// Those of a room.
    case room(RoomID)
    /// Those of a sender.
    case sender(UserID)
}

/// The order of results.
package enum SearchOrder: String, Sendable {
    /// The best first; of equal ones the oldest.
    case rank
    /// The newest first.
    case recent

    /// Whether one result comes before another.
    func comes(_ one: (rank: Int, position: Int64), before other: (rank: Int, position: Int64)) -> Bool {
        switch self {
        case .rank: one.rank > other.rank || one.rank == other.rank && one.position < other.position
        case .recent: one.position > other.position
        }
    }
}
