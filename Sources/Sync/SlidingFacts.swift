import Matrix
import Rooms
import Storage
import Synchronization

/// What of a room's state the filters of lists ask for.
struct RoomFacts: Sendable {
    /// The type of the room; nil for a conversation.
    var type: String?
    var isEncrypted = false
    /// Its name in lower case; empty when it has none.
    var name = ""
    /// The rooms in it, if it is a space.
    var children: Set<Int64> = []
}

/// What was read of rooms for lists, until something happens in them. Bounded; what is forgotten is read again.
final class RoomFactsCache: Sendable {
    private struct Known<Value> {
        /// The last event that was looked at.
        let asOf: Int64
        let value: Value
    }

    private struct Held {
        var facts: [Int64: Known<RoomFacts>] = [:]
        var bumps: [Int64: Known<Int64>] = [:]
    }

    private let held = Mutex(Held())
    private static let capacity = 100_000

    func facts(of room: Int64, asOf position: Int64, _ read: () throws -> RoomFacts) rethrows -> RoomFacts {
        if let known = held.withLock({ $0.facts[room] }), known.asOf == position { return known.value }
        let facts = try read()
        held.withLock { held in
            if held.facts.count >= Self.capacity { held.facts = [:] }
            held.facts[room] = Known(asOf: position, value: facts)
        }
        return facts
    }

    /// The last event of a room, up to a position, that moves it up in clients' lists.
    func bump(of room: Int64, upTo position: Int64, _ tx: Transaction) throws -> Int64? {
        let known = held.withLock { $0.bumps[room] }
        guard let known, known.asOf <= position else {
            let last = try SlidingQueries.lastBump(in: room, after: 0, upTo: position, tx)
            if known == nil, let last { keep(last, of: room, asOf: position) }
            return last
        }
        if known.asOf == position { return known.value }
        let last = try SlidingQueries.lastBump(in: room, after: known.asOf, upTo: position, tx) ?? known.value
        keep(last, of: room, asOf: position)
        return last
    }

    private func keep(_ bump: Int64, of room: Int64, asOf position: Int64) {
        held.withLock { held in
            if held.bumps.count >= Self.capacity { held.bumps = [:] }
            if held.bumps[room].map({ $0.asOf < position }) ?? true { held.bumps[room] = Known(asOf: position, value: bump) }
        }
    }
}

extension SyncPass {
    /// What the filters of lists ask of a room, as the reader may know it; nil when he may know nothing.
    func facts(of row: SlidingRow) throws -> RoomFacts? {
        switch row.membership {
        case .join:
            return try engine.sliding.facts.facts(of: row.room, asOf: row.activity) {
                try readFacts(of: row.room, upTo: mark.position)
            }
        case .invite, .knock:
            return try readFacts(of: row.room, upTo: row.position)
        case .leave, .ban:
            let history = try HistoryReader(room: row.room, user: request.number, tx).upTo(mark.position)
            return try history.lastGlimpse.map { try readFacts(of: row.room, upTo: $0) }
        }
    }

    private func readFacts(of room: Int64, upTo end: Int64) throws -> RoomFacts {
        var facts = RoomFacts()
        let create = try piece("m.room.create", of: room, upTo: end)
        facts.type = try create?.content["type"]?.string
        facts.isEncrypted = try piece("m.room.encryption", of: room, upTo: end) != nil
        facts.name = try piece("m.room.name", of: room, upTo: end)?.content["name"]?.string?.lowercased() ?? ""
        guard facts.type == "m.space" else { return facts }
        for entry in try StateQueries.entries(of: room, type: "m.space.child", tx) where entry.position <= end {
            guard let child = try Timeline.event(at: entry.position, cache: engine.cache, tx), let key = child.stateKey,
                try child.content["via"]?.kind == .array
            else { continue }
            // What is no room ID is no room.
            if let roomID = try? RoomID(parsing: key), let number = try tx.number(of: roomID) { facts.children.insert(number) }
        }
        return facts
    }

    /// A piece of a room's state under the empty key, as of a position.
    func piece(_ type: String, of room: Int64, upTo end: Int64) throws -> StoredEvent? {
        guard let position = try StateQueries.position(of: type, "", in: room, tx) else { return nil }
        if position <= end { return try Timeline.event(at: position, cache: engine.cache, tx) }
        return try StateQueries.at(room, type, "", end, cache: engine.cache, tx)
    }
}

/// What somebody's account data says of rooms, as of a position.
struct SlidingPersonal: Sendable {
    fileprivate(set) var readAt: Int64 = 0
    /// The rooms that he calls direct messages.
    var direct: Set<Int64> = []
    /// His labels, by room.
    var tags: [Int64: Set<String>] = [:]
    /// The last position at which his data of a room changed, by room.
    var changes: [Int64: Int64] = [:]
    /// The last position at which his data changed that belongs to no room.
    var globalChange: Int64 = 0
}

/// ``SlidingPersonal`` of people, until their account data changes. Bounded.
final class SlidingPersonalCache: Sendable {
    private let known = Mutex<[Int64: SlidingPersonal]>([:])
    private static let capacity = 5_000

    /// - Parameter changedAt: the last position at which account data of the person changed, as far as memory knows.
    func personal(of person: Int64, changedAt: Int64, _ tx: Transaction) throws -> SlidingPersonal {
        let before = known.withLock { $0[person] }
        if let before, before.readAt >= changedAt { return before }
        var fresh = before ?? SlidingPersonal()
        try fresh.update(of: person, tx)
        known.withLock { held in
            if held.count >= Self.capacity { held.removeAll() }
            if held[person].map({ $0.readAt < fresh.readAt }) ?? true { held[person] = fresh }
        }
        return fresh
    }
}

extension SlidingPersonal {
    /// Takes in what changed since the last time.
    fileprivate mutating func update(of person: Int64, _ tx: Transaction) throws {
        let end = try tx.position()
        for datum in try AccountDataQueries.changes(of: person, after: readAt, upTo: end, tx) {
            guard datum.room != AccountData.noRoom else {
                globalChange = max(globalChange, datum.position)
                if datum.type == "m.direct" { direct = try Self.rooms(in: datum, tx) }
                continue
            }
            changes[datum.room] = max(changes[datum.room] ?? 0, datum.position)
            if datum.type == "m.tag", let labels = try datum.content["tags"] {
                tags[datum.room] = Set(labels.members.lazy.map(\.key))
            }
        }
        readAt = max(readAt, end)
    }

    /// The rooms that `m.direct` names.
    private static func rooms(in datum: AccountDatum, _ tx: Transaction) throws -> Set<Int64> {
        var rooms: Set<Int64> = []
        for (_, list) in try datum.content.members {
            for name in list.elements {
                // What is no room ID is no room.
                guard let text = name.string, let roomID = try? RoomID(parsing: text) else { continue }
                if let number = try tx.number(of: roomID) { rooms.insert(number) }
            }
        }
        return rooms
    }
}

extension HistoryReader {
    /// Up to where somebody who is out may know a room's name and the like: until he stopped being inside, or was last shown it
    /// from outside, invited or knocking. What the room is called when he is banned afterwards is none of his business.
    fileprivate var lastGlimpse: Int64? {
        let shown = memberships.last { $0.value == .invite || $0.value == .knock }?.position
        return [departure, shown].compactMap(\.self).max()
    }
}

extension SlidingFilter {
    /// Whether a room fits, by what is known without its state.
    /// - Parameter children: the rooms in the wanted spaces.
    func admits(_ row: SlidingRow, _ personal: SlidingPersonal, children: Set<Int64>) -> Bool {
        if let isInvited, isInvited != (row.membership == .invite) { return false }
        if let isDirect, isDirect != personal.direct.contains(row.room) { return false }
        if spaces != nil, !children.contains(row.room) { return false }
        guard tags != nil || !notTags.isEmpty else { return true }
        let labels = personal.tags[row.room] ?? []
        return labels.isDisjoint(with: notTags) && tags.map { !labels.isDisjoint(with: $0) } ?? true
    }

    /// Whether a room fits, by what its state says; one of which nothing may be known does not.
    func admits(_ facts: RoomFacts?) -> Bool {
        guard let facts else { return false }
        if let isEncrypted, isEncrypted != facts.isEncrypted { return false }
        if notTypes.contains(facts.type) { return false }
        if let types, !types.contains(facts.type) { return false }
        return name.map { facts.name.contains($0) } ?? true
    }
}
