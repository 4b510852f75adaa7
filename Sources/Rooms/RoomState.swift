import Matrix
import Storage

/// A room as its writer sees it: the whole current state, who is in it, and the end of its history.
///
/// It is a value. The writer keeps the latest one in memory, so that sending a message reads nothing from the database.
package struct RoomState: Sendable, RoomStateLookup {
    /// The pair that names a piece of state.
    struct Key: Hashable, Sendable {
        let type: ExactText
        let stateKey: ExactText

        init(type: String, stateKey: String) {
            self.type = ExactText(type)
            self.stateKey = ExactText(stateKey)
        }
    }

    /// Somebody's place in the room.
    struct Member: Sendable {
        let number: Int64
        let membership: Membership
    }

    /// The room's number.
    package let number: Int64
    /// The room's name in the protocol.
    package let roomID: RoomID
    /// The rules that it follows.
    package let version: RoomVersion
    /// The newest event, which the next one follows.
    private(set) var latest: EventID?
    /// Where the newest event lies.
    private(set) var latestPosition: Int64?
    /// The depth of the newest event.
    private(set) var depth: Int64 = 0
    /// The numbers of those who are joined, whom each event wakes.
    package private(set) var joined: [Int64] = []

    private var state: [Key: StateEvent] = [:]
    private var members: [UserID: Member] = [:]

    /// A room before its first event.
    init(number: Int64, roomID: RoomID, version: RoomVersion) {
        self.number = number
        self.roomID = roomID
        self.version = version
    }

    /// A piece of the current state.
    package func stateEvent(_ type: String, _ stateKey: String) -> StateEvent? {
        state[Key(type: type, stateKey: stateKey)]
    }

    /// Somebody's membership, nil when he never had one.
    package func membership(of user: UserID) -> Membership? { members[user]?.membership }

    /// Somebody's place in the room, nil when he never had one.
    func member(_ user: UserID) -> Member? { members[user] }

    /// All pieces of state of one type.
    package func stateEvents(_ type: String) -> [StateEvent] {
        state.values.filter { $0.type == type }
    }

    /// The joined members with the numbers by which they are stored.
    var joinedMembers: [(user: UserID, number: Int64)] {
        members.compactMap { $0.value.membership == .join ? ($0.key, $0.value.number) : nil }
    }

    /// Takes in the event that was just appended.
    mutating func append(_ pdu: PDU, at position: Int64) {
        latest = pdu.eventID
        latestPosition = position
        depth = pdu.depth
    }

    /// Takes in a state event; a member event moves the member.
    mutating func set(_ event: StateEvent, memberNumber: Int64?) {
        state[Key(type: event.type, stateKey: event.stateKey)] = event
        guard event.type == "m.room.member", let memberNumber, let user = try? UserID(parsing: event.stateKey),
            let membership = event.content["membership"]?.string.flatMap(Membership.init(rawValue:))
        else { return }
        let before = members.updateValue(Member(number: memberNumber, membership: membership), forKey: user)?.membership
        if membership == .join, before != .join { joined.append(memberNumber) }
        if membership != .join, before == .join { joined.removeAll { $0 == memberNumber } }
    }

    /// The end of the history as found in the database.
    mutating func follow(_ event: EventID, at position: Int64, depth: Int64) {
        latest = event
        latestPosition = position
        self.depth = depth
    }
}

extension RoomState {
    /// The room's state: from the writer's memory, or read once from the database.
    /// - Returns: nil when there is no such room.
    static func load(_ roomID: RoomID, _ tx: Transaction) throws -> RoomState? {
        guard let number = try tx.number(of: roomID) else { return nil }
        if let held = tx.held(CacheKey(.roomState, number), as: RoomState.self) { return held }
        guard let version = try RoomInfoQueries.version(of: number, tx) else { return nil }
        var state = RoomState(number: number, roomID: roomID, version: version)
        for event in try StateQueries.current(number, tx) {
            guard let stateKey = event.stateKey else { continue }
            let member = event.type == "m.room.member" ? try tx.intern(UserID(parsing: stateKey)) : nil
            state.set(try event.stateEvent(stateKey), memberNumber: member)
        }
        if let end = try tx.first(
            "SELECT event_id, position, depth FROM events WHERE room = ? ORDER BY position DESC LIMIT 1", .int(number))
        {
            state.follow(try EventID(parsing: end.text(0)), at: try end.int(1), depth: try end.int(2))
        }
        state.keep(tx)
        return state
    }

    /// Leaves this state in the writer's memory for the next write.
    func keep(_ tx: Transaction) { tx.cache(CacheKey(.roomState, number), self) }
}

extension CacheKind {
    /// The writer's ``RoomState`` of a room, by its number.
    static let roomState: CacheKind = "room state"
}

extension StoredEvent {
    /// The form that the authorization rules read.
    fileprivate func stateEvent(_ stateKey: String) throws -> StateEvent {
        StateEvent(
            eventID: eventID, sender: sender, type: type, stateKey: stateKey, content: try content, position: position)
    }
}
