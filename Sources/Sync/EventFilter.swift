import Matrix

/// Which events somebody wants, by type and sender.
///
/// [Specification](https://spec.matrix.org/v1.16/client-server-api/#post_matrixclientv3useruseridfilter)
package struct EventFilter: Sendable, Equatable {
    /// How many at most; nil for the server's default.
    package var limit: Int?
    /// Only these types, where given.
    package var types: [TypePattern]?
    /// Never these types.
    package var notTypes: [TypePattern] = []
    /// Only these senders, where given.
    package var senders: Set<ExactText>?
    /// Never these senders.
    package var notSenders: Set<ExactText> = []

    /// Wants everything.
    package init() {}

    /// Whether events of this type are wanted.
    package func admits(type: String) -> Bool {
        if notTypes.contains(where: { $0.matches(type) }) { return false }
        return types.map { $0.contains { $0.matches(type) } } ?? true
    }

    /// Whether events of this sender are wanted.
    package func admits(sender: String) -> Bool {
        let sender = ExactText(sender)
        if notSenders.contains(sender) { return false }
        return senders?.contains(sender) ?? true
    }

    /// Whether nothing is kept out.
    package var isOpen: Bool { types == nil && notTypes.isEmpty && senders == nil && notSenders.isEmpty }
}

/// Which events of rooms somebody wants.
package struct RoomEventFilter: Sendable, Equatable {
    /// By type and sender.
    package var events = EventFilter()
    /// Only these rooms, where given.
    package var rooms: Set<ExactText>?
    /// Never these rooms.
    package var notRooms: Set<ExactText> = []
    /// Only events with a `url` in their content, or only those without.
    package var containsURL: Bool?
    /// Whether of the members only those are wanted whom the timeline needs.
    package var lazyLoadsMembers = false
    /// Whether members are to be sent again that were sent before.
    package var includesRedundantMembers = false
    /// Whether unread notifications are counted by thread.
    package var countsThreads = false

    /// Wants everything.
    package init() {}

    /// Whether anything of this room is wanted.
    package func admits(room: String) -> Bool {
        let room = ExactText(room)
        if notRooms.contains(room) { return false }
        return rooms?.contains(room) ?? true
    }

    /// Whether no event is kept out for what it is.
    package var isOpen: Bool { events.isOpen && containsURL == nil }

    /// How many events the caller gets: what it asked for, `usual` if it did not, at most `largest`.
    package func limit(usual: Int, largest: Int) -> Int { min(events.limit ?? usual, largest) }
}

/// A type of events, in which `*` stands for any run of characters.
package struct TypePattern: Sendable, Hashable {
    private let pieces: [[UInt8]]

    /// A pattern as it stands in a filter.
    package init(_ text: String) {
        pieces = text.utf8.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false).map(Array.init)
    }

    /// Whether a type fits. Costs one pass over it per piece of the pattern.
    package func matches(_ type: String) -> Bool {
        var rest = ArraySlice(type.utf8)
        guard let first = pieces.first, let last = pieces.last else { return false }
        guard pieces.count > 1 else { return rest.elementsEqual(first) }
        guard rest.starts(with: first) else { return false }
        rest = rest.dropFirst(first.count)
        for piece in pieces[1..<(pieces.count - 1)] {
            guard let end = Self.end(of: piece, in: rest) else { return false }
            rest = rest[end...]
        }
        return rest.count >= last.count && rest.suffix(last.count).elementsEqual(last)
    }

    private static func end(of piece: [UInt8], in text: ArraySlice<UInt8>) -> Int? {
        guard !piece.isEmpty else { return text.startIndex }
        guard text.count >= piece.count else { return nil }
        for start in text.startIndex...(text.endIndex - piece.count)
        where text[start..<(start + piece.count)].elementsEqual(piece) {
            return start + piece.count
        }
        return nil
    }
}
