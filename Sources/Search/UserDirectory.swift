import Audit
import Identity
import Matrix
import Rooms
import Storage
import Synchronization

/// Looks people up by name and user ID.
///
/// The names live folded in memory, loaded when the server starts and kept up by the positions of changes; what is shown was
/// read from the database in the moment it is shown.
///
/// [Specification](https://spec.matrix.org/v1.19/client-server-api/#user-directory)
package final class UserDirectory: Sendable {
    /// Whom somebody may find.
    package enum Reach: String, Sendable {
        /// Who shares a room with him, or is in a room that anybody may join or read.
        case sharedRooms = "shared-rooms"
        /// Everybody with an account.
        case all
    }

    /// The answer to a search.
    package struct Found: Sendable {
        /// Who was found, the best first.
        package let people: [DirectoryPeople.Person]
        /// Whether there are more.
        package let isLimited: Bool
    }

    private struct Memory {
        var index = DirectoryIndex()
        /// Up to which change it is complete; nil while it is not loaded.
        var position: Int64?
        var openRooms = OpenRooms()
    }

    /// How many people one answer has if nothing is said, and at most.
    package static let usualLimit = 10
    private static let largestLimit = 50
    /// How many of those who fit are looked at for whether they may be shown.
    private static let mostLookedAt = 2_000
    private static let page = 500
    private static let longestTerm = 512

    private let store: Store
    private let cache: EventCache
    private let reach: Reach
    private let memory = Mutex(Memory())
    private let turnstile = Turnstile(atOnce: 2, waiting: 64)

    /// A directory of the accounts in a store.
    package init(store: Store, cache: EventCache, reach: Reach = .sharedRooms) {
        self.store = store
        self.cache = cache
        self.reach = reach
    }

    /// Loads what is not loaded yet and takes up what has changed. Cheap when nothing has.
    package func refresh() async throws {
        if memory.withLock({ $0.position }) == nil { try await load() }
        try await follow()
    }

    /// Who fits a term and may be found by the one who asks.
    /// - Throws: `M_INVALID_PARAM`, ``SearchError/busy``.
    package func search(_ term: String, limit: Int, by requester: Requester) async throws -> Found {
        guard term.utf8.count <= Self.longestTerm else { throw SearchError.termTooLong }
        guard let wanted = DirectoryTerm(term), limit > 0 else { return Found(people: [], isLimited: false) }
        let limit = min(limit, Self.largestLimit)
        return try await turnstile.pass {
            try await refresh()
            let index = memory.withLock { $0.index }
            let numbers = index.matches(wanted)
            let (reach, cache, person) = (reach, cache, requester.number)
            var rooms = memory.withLock { $0.openRooms }
            let (found, known) = try await store.read { [rooms] tx in
                var rooms = rooms
                if reach == .sharedRooms { try rooms.follow(cache: cache, tx) }
                return (try Self.people(numbers, wanted, limit, for: person, reach, rooms, tx), rooms)
            }
            rooms = known
            memory.withLock { $0.openRooms.take(rooms) }
            return found
        }
    }

    private static func people(
        _ numbers: [Int64], _ wanted: DirectoryTerm, _ limit: Int, for person: Int64, _ reach: Reach, _ open: OpenRooms,
        _ tx: Transaction
    ) throws -> Found {
        let mine = reach == .all ? [] : Set(try MembershipQueries.rooms(of: person, .join, tx).map(\.room))
        var people: [DirectoryPeople.Person] = []
        for number in numbers.prefix(mostLookedAt) {
            if reach == .sharedRooms {
                let theirs = try MembershipQueries.rooms(of: number, .join, tx)
                guard theirs.contains(where: { mine.contains($0.room) || open.contains($0.room) }) else { continue }
            }
            // Memory may be behind what is committed, so the row decides.
            guard let found = try DirectoryPeople.person(number, tx), wanted.rank(of: DirectoryIndex.Entry(found)) != nil
            else { continue }
            if people.count == limit { return Found(people: people, isLimited: true) }
            people.append(found)
        }
        return Found(people: people, isLimited: numbers.count > mostLookedAt)
    }

    private func load() async throws {
        let position = try await store.read { try $0.position() }
        var index = DirectoryIndex()
        var next: Int64? = 0
        while let after = next {
            let page = try await store.read { try DirectoryPeople.page(after: after, limit: Self.page, $0) }
            for person in page.people { index.set(person) }
            next = page.next
        }
        let loaded = index
        memory.withLock { memory in
            guard memory.position == nil else { return }
            memory.index = loaded
            memory.position = position
        }
    }

    private func follow() async throws {
        while true {
            let from = memory.withLock { $0.position ?? 0 }
            let changes = try await store.read { tx in
                try DirectoryPeople.changes(after: from, limit: Self.page, tx).map {
                    (number: $0.number, position: $0.position, person: try DirectoryPeople.person($0.number, tx))
                }
            }
            guard let last = changes.last?.position else { return }
            memory.withLock { memory in
                guard memory.position == from else { return }
                for change in changes {
                    if let person = change.person { memory.index.set(person) } else { memory.index.remove(change.number) }
                }
                memory.position = last
            }
        }
    }
}

/// The rooms that anybody may join or read, kept in memory by their state events.
struct OpenRooms: Sendable {
    private static let types = ["m.room.join_rules", "m.room.history_visibility"]
    private static let batch = 2_000

    private var rooms: Set<Int64> = []
    private var position: Int64?

    /// Whether a room is one of them.
    func contains(_ room: Int64) -> Bool { rooms.contains(room) }

    /// Takes what is newer.
    mutating func take(_ other: OpenRooms) {
        if (other.position ?? -1) > (position ?? -1) { self = other }
    }

    /// Takes up what has changed; looks at every room the first time.
    mutating func follow(cache: EventCache, _ tx: Transaction) throws {
        let newest = try tx.position()
        guard var seen = position else {
            for row in try tx.rows("SELECT room FROM room_info") { try look(at: row.int(0), cache: cache, tx) }
            position = newest
            return
        }
        while seen < newest {
            let stretch = try Timeline.following(seen, upTo: newest, types: Self.types, limit: Self.batch, tx)
            for room in Set(stretch.events.map(\.roomNumber)) { try look(at: room, cache: cache, tx) }
            seen = stretch.end
        }
        position = newest
    }

    private mutating func look(at room: Int64, cache: EventCache, _ tx: Transaction) throws {
        func word(_ type: String, _ key: String) throws -> String? {
            try StateQueries.current(room, type, "", cache: cache, tx)?.content[key]?.string
        }
        do {
            let isOpen =
                try word("m.room.join_rules", "join_rule") == "public"
                || word("m.room.history_visibility", "history_visibility") == HistoryVisibility.worldReadable.rawValue
            if isOpen { rooms.insert(room) } else { rooms.remove(room) }
        } catch StorageError.keyDestroyed {
            rooms.remove(room)
        }
    }
}
