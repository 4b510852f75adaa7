import Matrix
import Storage

/// The joined members of a room to whom an event may mean something else than to everybody, grouped by what their rules come to.
///
/// The writer keeps it in memory, and only those are in it who have said something that makes a difference in this room: a room
/// whose members all have the server's rules costs one look-up per event.
struct PushAudience: Sendable {
    /// What the rules of a group come to.
    struct Kind: Hashable, Sendable {
        let steps: [PushStep]
        /// Whether events notify these people only where the `attention` table says so.
        let isSilent: Bool
    }

    /// Who has the rules of each kind.
    private(set) var groups: [Kind: [Int64: UserID]] = [:]
    /// Who ignores a person.
    private(set) var ignorers: [UserID: Set<Int64>] = [:]
    private var members: [Int64: (kind: Kind?, ignored: Set<UserID>)] = [:]

    /// The server's rules, which are the same in every room.
    static let standard = [PushStep](PushRules().inOrder, in: nil)

    /// The audience of a room: from the writer's memory, or found once.
    static func load(_ state: RoomState, _ tx: Transaction) throws -> PushAudience {
        try tx.cached(CacheKey(.pushAudience, state.number)) { () throws -> PushAudience in
            let people = try PushQueries.people(tx)
            guard !people.isEmpty else { return PushAudience() }
            var audience = PushAudience()
            let bases = try PushBaseQueries.latest(in: state.number, tx)
            for person in state.joined where people.contains(person) {
                try audience.set(person, in: state.roomID, isSilent: bases[person] ?? false, tx)
            }
            return audience
        }
    }

    /// What somebody's events are to a reader before `attention` is looked at.
    func isSilent(_ person: Int64) -> Bool { members[person]?.kind?.isSilent ?? false }

    /// Takes in a person as the settings say, or leaves the person out if they make no difference here.
    mutating func set(_ person: Int64, in room: RoomID, isSilent: Bool, _ tx: Transaction) throws {
        remove(person)
        let settings = try PushQueries.settings(of: person, tx)
        let steps = [PushStep](settings.rules.inOrder, in: room)
        let differs = isSilent || steps != Self.standard
        guard differs || !settings.ignored.isEmpty else { return }
        let kind = differs ? Kind(steps: steps, isSilent: isSilent) : nil
        if let kind { groups[kind, default: [:]][person] = try tx.user(person) }
        for user in settings.ignored { ignorers[user, default: []].insert(person) }
        members[person] = (kind, settings.ignored)
    }

    /// Leaves a person out.
    mutating func remove(_ person: Int64) {
        guard let member = members.removeValue(forKey: person) else { return }
        if let kind = member.kind {
            groups[kind]?[person] = nil
            if groups[kind]?.isEmpty == true { groups[kind] = nil }
        }
        for user in member.ignored {
            ignorers[user]?.remove(person)
            if ignorers[user]?.isEmpty == true { ignorers[user] = nil }
        }
    }
}

extension PushAudience {
    private struct Unknown: Error {}

    /// Lets the room's audience follow a change of somebody's settings or membership, if it is in memory.
    static func update(_ room: Int64, _ tx: Transaction, _ change: (inout PushAudience) throws -> Void) throws {
        let key = CacheKey(.pushAudience, room)
        do {
            var audience = try tx.cached(key) { () throws -> PushAudience in throw Unknown() }
            try change(&audience)
            tx.cache(key, audience)
        } catch is Unknown {
            // Not in memory: it is found anew when it is needed.
        }
    }

    /// Lets a member's move make a difference: who comes is asked from then on, who goes is not.
    /// - Parameter state: the room before the move.
    static func follow(
        _ member: Int64, to membership: Membership, in state: RoomState, at position: Int64, _ tx: Transaction
    ) throws {
        let wasJoined = state.joined.contains(member)
        guard (membership == .join) != wasJoined else { return }
        guard membership == .join else { return try update(state.number, tx) { $0.remove(member) } }
        let isSilent = try PushBaseQueries.settle(member, state.number, state.roomID, at: position, tx)
        guard try isSilent || PushQueries.people(tx).contains(member) else { return }
        try update(state.number, tx) { try $0.set(member, in: state.roomID, isSilent: isSilent, tx) }
    }
}

extension CacheKind {
    /// The ``PushAudience`` of a room, by number.
    static let pushAudience: CacheKind = "push audience"
}

/// The statements of what events are to a person before `attention` is looked at.
enum PushBaseQueries {
    /// The latest base of each person who has one in a room.
    static func latest(in room: Int64, _ tx: Transaction) throws -> [Int64: Bool] {
        var found: [Int64: Bool] = [:]
        for row in try tx.rows(#"SELECT "user", silent FROM push_bases WHERE room = ? ORDER BY "user", position"#, .int(room)) {
            found[try row.int(0)] = try row.bool(1)
        }
        return found
    }

    /// The base of one person in a room.
    static func latest(of person: Int64, in room: Int64, _ tx: Transaction) throws -> Bool {
        try tx.first(
            #"SELECT silent FROM push_bases WHERE room = ? AND "user" = ? ORDER BY position DESC LIMIT 1"#, .int(room),
            .int(person)
        )?.bool(0) ?? false
    }

    /// Lets a person's base in a room be what the settings make the best one, and says which it is.
    static func settle(_ person: Int64, _ room: Int64, _ roomID: RoomID, at position: Int64, _ tx: Transaction) throws -> Bool {
        let rules = try PushQueries.settings(of: person, tx).rules
        let isSilent = !rules.isStandard && ![PushStep](rules.inOrder, in: roomID).usual.notifies
        guard try latest(of: person, in: room, tx) != isSilent else { return isSilent }
        try tx.run(
            """
            INSERT INTO push_bases(room, "user", position, silent) VALUES (?, ?, ?, ?)
            ON CONFLICT (room, "user", position) DO UPDATE SET silent = excluded.silent
            """, .int(room), .int(person), .int(position), SQLValue(isSilent))
        return isSilent
    }
}
