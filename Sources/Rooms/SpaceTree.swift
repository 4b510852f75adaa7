import Audit
import Matrix
import Storage

/// What somebody asks of `/hierarchy`.
package struct SpaceWish: Sendable {
    /// Whether only rooms are wanted that their space suggests.
    package var suggestedOnly = false
    /// How many levels beneath the space are wanted; `nil` for all.
    package var depth: Int?
    /// How many rooms at most.
    package var limit: Int
    /// How many rooms were told before.
    package var offset = 0

    /// Everything in a space.
    package init(limit: Int) { self.limit = limit }
}

/// A page of the rooms of a space, depth first.
///
/// [Specification](https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1roomsroomidhierarchy)
package struct SpacePage: Sendable {
    /// A room of the tree.
    package struct Room: Sendable {
        /// What it shows of itself.
        package let card: RoomCard
        /// The rooms that it names as its own, in their order; empty for what is no space.
        package let children: [StoredEvent]
    }

    /// The rooms of the page.
    package let rooms: [Room]
    /// Where the next page starts; `nil` on the last one.
    package let next: Int?
}

extension RoomReads {
    /// The rooms of a space that its reader may know of; throws ``RoomReadError/notVisible``.
    package func hierarchy(of roomID: RoomID, _ wish: SpaceWish, by requester: Requester) async throws -> SpacePage {
        let cache = cache
        return try await store.read { tx in
            guard let root = try tx.number(of: roomID), try RoomDoor(of: root, cache: cache, tx).admits(requester.number, tx)
            else {
                throw RoomReadError.notVisible
            }
            var walk = SpaceWalk(wish, for: requester.number, cache: cache, tx)
            return try walk.page(from: root)
        }
    }

    /// What a room shows of itself to somebody, and how he stands to it; `nil` as requester is somebody without an account.
    ///
    /// [Specification](https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1room_summaryroomidoralias)
    /// - Throws: `M_NOT_FOUND` for a room that he may not know of, as if there were none.
    package func summary(
        of roomID: RoomID, for requester: Requester?
    ) async throws -> (card: RoomCard, membership: Membership?) {
        let cache = cache
        return try await store.read { tx in
            guard let room = try tx.number(of: roomID), try RoomDoor(of: room, cache: cache, tx).admits(requester?.number, tx)
            else { throw MatrixError.notFound("Room not found.") }
            let card = try RoomCard(of: room, joined: MembershipQueries.count(of: room, .join, tx), cache: cache, tx)
            let membership = try requester.map { try MembershipQueries.membership($0.number, room, tx)?.membership ?? .leave }
            return (card, membership)
        }
    }
}

/// A walk through a space: depth first, each room once.
private struct SpaceWalk {
    /// More rooms than this are not looked at, wherever the page begins.
    private static let mostRooms = 5_000
    /// Deeper than this nobody gets.
    private static let mostLevels = 50

    private let wish: SpaceWish
    private let reader: Int64
    private let cache: EventCache
    private let tx: Transaction
    private var seen: Set<Int64> = []

    init(_ wish: SpaceWish, for reader: Int64, cache: EventCache, _ tx: Transaction) {
        self.wish = wish
        self.reader = reader
        self.cache = cache
        self.tx = tx
    }

    mutating func page(from root: Int64) throws -> SpacePage {
        var stack: [(room: Int64, level: Int)] = [(root, 0)]
        var rooms: [SpacePage.Room] = []
        var index = 0
        while let (room, level) = stack.popLast(), seen.count < Self.mostRooms {
            guard seen.insert(room).inserted, try RoomDoor(of: room, cache: cache, tx).admits(reader, tx) else { continue }
            if rooms.count == wish.limit { return SpacePage(rooms: rooms, next: index) }
            let children = try children(of: room)
            if index >= wish.offset {
                let card = try RoomCard(of: room, joined: MembershipQueries.count(of: room, .join, tx), cache: cache, tx)
                rooms.append(SpacePage.Room(card: card, children: children))
            }
            index += 1
            guard level < min(wish.depth ?? Self.mostLevels, Self.mostLevels), stack.count < 10 * Self.mostRooms else { continue }
            for child in children.reversed() {
                // A child on another server, or one that is not there, cannot be told of.
                guard let name = child.stateKey, let id = try? RoomID(parsing: name), let number = try tx.number(of: id) else {
                    continue
                }
                stack.append((number, level + 1))
            }
        }
        return SpacePage(rooms: rooms, next: nil)
    }

    private func children(of room: Int64) throws -> [StoredEvent] {
        let create = try StateQueries.current(room, "m.room.create", "", cache: cache, tx)
        guard try create?.content["type"]?.string == "m.space" else { return [] }
        let places = try StateQueries.entries(of: room, type: "m.space.child", tx).map(\.position).sorted()
        let children = try Timeline.events(at: places.suffix(Self.mostRooms), cache: cache, tx).compactMap {
            event -> SpaceChild? in
            try SpaceChild(event)
        }
        return children.filter { !wish.suggestedOnly || $0.isSuggested }.sorted().map(\.event)
    }
}

/// A room that a space names as its own.
///
/// [Specification](https://spec.matrix.org/v1.19/client-server-api/#ordering-of-children-within-a-space)
struct SpaceChild: Comparable {
    let event: StoredEvent
    let isSuggested: Bool
    /// The place that the space gives it, if it gives a valid one.
    private let order: [UInt8]?

    /// `nil` for what names no child any more.
    init?(_ event: StoredEvent) throws {
        let content = try event.content
        guard let via = content["via"], via.kind == .array, via.count > 0 else { return nil }
        self.event = event
        isSuggested = content["suggested"]?.bool == true
        order = content["order"]?.string.map { Array($0.utf8) }.flatMap { order in
            (1...50).contains(order.count) && order.allSatisfy { (0x20...0x7E).contains($0) } ? order : nil
        }
    }

    static func < (one: SpaceChild, other: SpaceChild) -> Bool {
        switch (one.order, other.order) {
        case (nil, _?): return false
        case (_?, nil): return true
        case (let left?, let right?) where left != right: return left.lexicographicallyPrecedes(right)
        default: break
        }
        if one.event.originServerTS != other.event.originServerTS { return one.event.originServerTS < other.event.originServerTS }
        return (one.event.stateKey ?? "").utf8.lexicographicallyPrecedes((other.event.stateKey ?? "").utf8)
    }

    static func == (one: SpaceChild, other: SpaceChild) -> Bool { one.event.position == other.event.position }
}
