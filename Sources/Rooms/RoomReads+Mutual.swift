import Audit
import Matrix
import Storage

/// A page of the rooms that two people share.
package struct MutualRooms: Sendable {
    /// The rooms of the page.
    package let joined: [RoomID]
    /// How many there are on all pages.
    package let count: Int
    /// The last room of the page when there are more.
    package let next: RoomID?

    /// How many rooms a page has at most.
    package static let largestPage = 100
}

extension RoomReads {
    /// The rooms in which the requester is together with somebody; none for somebody unknown.
    ///
    /// [Specification](https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1mutual_rooms)
    /// - Parameter last: the room with which the page before ended.
    /// - Throws: `M_INVALID_PARAM` for the requester himself and for a room that was never told.
    package func mutualRooms(with user: UserID, after last: RoomID?, by requester: Requester) async throws -> MutualRooms {
        guard user != requester.user else { throw MatrixError.invalidParam("user_id must be somebody else") }
        return try await store.read { tx in
            var boundary: Int64 = 0
            if let last {
                guard let number = try tx.number(of: last), try MembershipQueries.membership(requester.number, number, tx) != nil
                else { throw MatrixError.invalidParam("from is not a token of this server") }
                boundary = number
            }
            guard let other = try tx.number(of: user) else { return MutualRooms(joined: [], count: 0, next: nil) }
            let shared = try MembershipQueries.shared(by: requester.number, and: other, tx)
            let rest = shared.drop { $0 <= boundary }
            let page = try rest.prefix(MutualRooms.largestPage).map { try tx.room($0) }
            return MutualRooms(joined: page, count: shared.count, next: rest.count > page.count ? page.last : nil)
        }
    }
}

extension MembershipQueries {
    /// The rooms in which both are joined, by number.
    static func shared(by one: Int64, and other: Int64, _ tx: Transaction) throws -> [Int64] {
        try tx.rows(
            """
            SELECT mine.room FROM memberships AS mine JOIN memberships AS theirs ON theirs.room = mine.room
            WHERE mine."user" = ? AND mine.membership = 'join' AND theirs."user" = ? AND theirs.membership = 'join'
            ORDER BY mine.room
            """, .int(one), .int(other)
        ).map { try $0.int(0) }
    }
}
