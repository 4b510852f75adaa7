import Matrix
import Storage

/// Whether somebody gets to know of a room from outside, as spaces and summaries tell of it.
///
/// [Specification](https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1roomsroomidhierarchy)
struct RoomDoor {
    private let rules: JSON?
    private let isWorldReadable: Bool
    private let room: Int64

    init(of room: Int64, cache: EventCache, _ tx: Transaction) throws {
        self.room = room
        rules = try StateQueries.current(room, "m.room.join_rules", "", cache: cache, tx)?.content
        isWorldReadable = try DirectoryQueries.isWorldReadable(room, tx)
    }

    /// Whether a person (`nil` for somebody without an account) may know of the room: who is in it or may come in, who may ask
    /// to come in, and everybody where the history is open to the world.
    func admits(_ person: Int64?, _ tx: Transaction) throws -> Bool {
        if isWorldReadable { return true }
        let membership = try person.flatMap { try MembershipQueries.membership($0, room, tx)?.membership }
        switch membership {
        case .join, .invite: return true
        case .ban: return false
        case .leave, .knock, nil: break
        }
        switch rules?["join_rule"]?.string {
        case "public", "knock", "knock_restricted": return true
        case "restricted": return try person.map { try RestrictedJoin.meetsCondition(rules, $0, tx) } ?? false
        default: return false
        }
    }
}
