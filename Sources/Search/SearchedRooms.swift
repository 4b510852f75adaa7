import Matrix
import Rooms
import Storage

/// The rooms that a search goes through: those that know the person, as far as the wish admits them. Whether and how far each
/// may be seen is decided later, for those that have something.
struct SearchedRooms {
    /// How long a chain of replaced rooms is followed.
    private static let longestChain = 32

    /// Their numbers.
    let numbers: [Int64]

    init(_ wish: SearchWish, of person: Int64, cache: EventCache, _ tx: Transaction) throws {
        let known = try MembershipQueries.rooms(of: person, tx).filter { !($0.forgotten && $0.membership != .join) }.map(\.room)
        let excluded = Set(try wish.notRooms.compactMap { try Self.number($0, tx) })
        guard let rooms = wish.rooms else {
            numbers = known.filter { !excluded.contains($0) }
            return
        }
        var wanted: Set<Int64> = []
        for room in rooms {
            guard let number = try Self.number(room, tx) else { continue }
            // A room that was upgraded lives on in its successor: whoever searches the one means both.
            try Self.follow(number, into: &wanted, known: Set(known), cache: cache, tx)
        }
        numbers = known.filter { wanted.contains($0) && !excluded.contains($0) }
    }

    private static func follow(
        _ room: Int64, into wanted: inout Set<Int64>, known: Set<Int64>, cache: EventCache, _ tx: Transaction
    ) throws {
        var next: Int64? = room
        for _ in 0..<longestChain {
            guard let room = next, known.contains(room), wanted.insert(room).inserted else { return }
            let create = try StateQueries.current(room, "m.room.create", "", cache: cache, tx)
            next = try create?.content["predecessor"]?["room_id"]?.string.flatMap { try number($0, tx) }
        }
    }

    private static func number(_ room: String, _ tx: Transaction) throws -> Int64? {
        // What is no room ID leads to no room.
        guard let room = try? RoomID(parsing: room) else { return nil }
        return try tx.number(of: room)
    }
}
