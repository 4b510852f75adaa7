import Matrix
import Storage

/// The published rooms of this server, page by page, the largest first.
///
/// [Specification](https://spec.matrix.org/v1.16/client-server-api/#published-room-directory)
package struct PublicRooms: Sendable {
    /// What somebody looks for.
    package struct Wish: Sendable {
        /// Contained in name, topic or alias; `nil` for everything.
        package var term: String?
        /// The types of room wanted, `nil` among them for rooms without one; no list for all types.
        package var types: [String?]?
        /// How many to return.
        package var limit: Int
        /// Where to start.
        package var offset: Int

        /// Everything, from the start.
        package init(term: String? = nil, types: [String?]? = nil, limit: Int = PublicRooms.usualLimit, offset: Int = 0) {
            self.term = term
            self.types = types
            self.limit = limit
            self.offset = offset
        }
    }

    /// How many rooms a page has if nothing is said.
    package static let usualLimit = 50
    /// How many rooms a page has at most.
    package static let largestLimit = 500
    /// How many rooms a search looks at, the largest first.
    private static let searchLimit = 5_000

    /// The rooms of the page.
    package let rooms: [RoomCard]
    /// Where the next page starts; `nil` on the last one.
    package let next: Int?
    /// Where the page before starts; `nil` on the first one.
    package let previous: Int?
    /// How many rooms there are on all pages.
    package let total: Int

    /// Finds the page that somebody wishes for.
    package init(_ wish: Wish, cache: EventCache?, _ tx: Transaction) throws {
        let published = try Self.published(tx)
        let limit = min(max(wish.limit, 1), Self.largestLimit)
        let offset = max(wish.offset, 0)
        if wish.term == nil, wish.types == nil {
            total = published.count
            rooms = try published.dropFirst(offset).prefix(limit).map {
                try RoomCard(of: $0.room, joined: $0.joined, cache: cache, tx)
            }
        } else {
            let found = try published.prefix(Self.searchLimit)
                .map { try RoomCard(of: $0.room, joined: $0.joined, cache: cache, tx) }
                .filter { card in
                    wish.term.map(card.contains) ?? true && wish.types?.contains(card.roomType) ?? true
                }
            total = found.count
            rooms = Array(found.dropFirst(offset).prefix(limit))
        }
        next = offset + limit < total ? offset + limit : nil
        previous = offset > 0 && total > 0 ? max(0, min(offset, total) - limit) : nil
    }

    private static func published(_ tx: Transaction) throws -> [(room: Int64, joined: Int)] {
        try tx.rows(
            """
            SELECT room_info.room, COUNT(memberships.room) AS joined FROM room_info
            LEFT JOIN memberships ON memberships.room = room_info.room AND memberships.membership = 'join'
            WHERE room_info.published = 1 GROUP BY room_info.room ORDER BY joined DESC, room_info.room
            """
        ).map { (try $0.int(0), Int(try $0.int(1))) }
    }
}
