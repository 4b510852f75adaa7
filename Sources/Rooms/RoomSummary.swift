import Matrix
import Storage

/// How a room is described to somebody in it: how many there are, and whose names stand in for a missing one.
package struct RoomSummary: Sendable, Equatable {
    /// The first five others; the membership rules of `m.heroes`.
    package let heroes: [Int64]
    /// How many are joined.
    package let joined: Int
    /// How many are invited.
    package let invited: Int

    /// How many heroes a room has at most.
    package static let heroCount = 5

    /// The summary of a room for one reader: the heroes never include the reader.
    package init(of room: Int64, for user: Int64, _ tx: Transaction) throws {
        joined = try MembershipQueries.count(of: room, .join, tx)
        invited = try MembershipQueries.count(of: room, .invite, tx)
        let present = try Self.others(in: room, [.join, .invite], than: user, tx)
        heroes = present.isEmpty ? try Self.others(in: room, [.leave, .ban], than: user, tx) : present
    }

    private static func others(
        in room: Int64, _ memberships: [Membership], than user: Int64, _ tx: Transaction
    ) throws -> [Int64] {
        try memberships
            .flatMap { try MembershipQueries.members(of: room, $0, limit: heroCount + 1, tx) }
            .filter { $0.user != user }
            .sorted { $0.position < $1.position }
            .prefix(heroCount)
            .map(\.user)
    }
}
