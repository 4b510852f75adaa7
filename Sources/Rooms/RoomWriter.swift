import Audit
import Matrix
import Storage

/// One room inside a write transaction: appends events and keeps the room's state, its tables and memory in step.
struct RoomWriter {
    /// An event that somebody wants to append.
    struct Wish {
        var type: String
        var stateKey: String?
        var content: [UInt8]
        var redacts: EventID?

        init(_ type: String, stateKey: String? = nil, content: JSONValue) {
            self.init(type, stateKey: stateKey, canonical: content.canonical())
        }

        init(_ type: String, stateKey: String? = nil, canonical: [UInt8], redacts: EventID? = nil) {
            self.type = type
            self.stateKey = stateKey
            self.content = canonical
            self.redacts = redacts
        }
    }

    private(set) var state: RoomState
    let actions: RoomActions
    let tx: Transaction
    /// The transaction ID under which a device sends what is appended next.
    var transaction: EventRecord.SendingTransaction?

    init(state: RoomState, actions: RoomActions, tx: Transaction) {
        self.state = state
        self.actions = actions
        self.tx = tx
    }

    /// Checks, signs, stores and announces one event.
    /// - Parameters:
    ///   - sender: who sends it, with the number by which he is stored.
    ///   - now: its `origin_server_ts`.
    /// - Throws: `M_FORBIDDEN` with the rule that refused it, `M_TOO_LARGE`, `M_BAD_JSON`, `M_INVITE_BLOCKED`,
    ///   `M_DUPLICATE_ANNOTATION`, `M_UNKNOWN` (400) for a thread that begins at a related event.
    @discardableResult
    mutating func append(_ wish: Wish, by sender: UserID, _ senderNumber: Int64, at now: Int64) throws -> PDU {
        var draft = EventDraft(
            roomID: state.roomID, sender: sender, type: wish.type, stateKey: wish.stateKey, content: wish.content,
            redacts: wish.redacts, originServerTS: now, depth: min(state.depth + 1, 1 << 53 - 1),
            prevEvents: state.latest.map { [$0] } ?? [], authEvents: [])
        draft.authEvents = AuthorizationRules.authEvents(for: draft, state: state, version: state.version)
        try AuthorizationRules.check(draft, state: state, version: state.version)
        let pdu = try actions.signer.sign(draft, version: state.version)
        if pdu.type == "m.room.member" { try checkWelcome(pdu) }
        try store(pdu, sender: senderNumber)
        return pdu
    }

    /// Nobody is invited who does not want to be. Asked only after the rules: who may not invite learns nothing.
    private func checkWelcome(_ pdu: PDU) throws {
        guard pdu.content["membership"]?.string == Membership.invite.rawValue,
            let target = try pdu.stateKey.map({ try UserID(parsing: $0) }),
            let number = try tx.number(of: target)
        else { return }
        if try actions.personal.refusesInvitation(number, pdu.sender, tx) { throw RoomError.inviteBlocked }
    }

    /// Stores an event that was checked and signed, and everything that follows from it.
    mutating func store(_ pdu: PDU, sender: Int64) throws {
        let position = try tx.nextPosition()
        let number = state.number
        let stateTag = pdu.stateKey.map { tx.tag($0, .stateKey) }
        let replaced = pdu.stateKey.flatMap { state.stateEvent(pdu.type, $0)?.position }
        let attention = try Attention(of: pdu, in: state, sender: sender, tx)
        try EventQueries.insert(
            pdu, position: position, room: number, sender: sender, stateTag: stateTag, replaces: replaced,
            notifies: attention.notifies, transaction: transaction, tx)
        try AttentionQueries.insert(attention.differences, in: number, at: position, tx)
        if let relation = Relation(in: pdu.content) { try relate(pdu, relation, at: position, sender: sender) }

        var wake = state.joined
        state.append(pdu, at: position)
        if let stateKey = pdu.stateKey, let stateTag {
            try EventQueries.setCurrent(room: number, type: tx.typeColumn(pdu.type), stateTag: stateTag, position, tx)
            var memberNumber: Int64?
            if pdu.type == "m.room.member" {
                let member = try tx.intern(UserID(parsing: stateKey))
                try move(member, pdu, sender: sender, position)
                if !wake.contains(member) { wake.append(member) }
                memberNumber = member
            }
            if pdu.type == "m.room.history_visibility" {
                try EventQueries.insertVisibility(
                    pdu.content["history_visibility"]?.string ?? "shared", in: number, at: position, tx)
            }
            state.set(
                StateEvent(
                    eventID: pdu.eventID, sender: pdu.sender, type: pdu.type, stateKey: stateKey,
                    content: pdu.content, position: position), memberNumber: memberNumber)
        }
        state.keep(tx)
        announce(
            StoredEvent(
                position: position, roomNumber: number, eventID: pdu.eventID, type: pdu.type, stateKey: pdu.stateKey,
                sender: pdu.sender, senderNumber: sender, originServerTS: pdu.originServerTS, replaces: replaced,
                redactedBy: nil, client: pdu.client, transaction: transaction), wake: wake)
    }

    private func move(_ member: Int64, _ pdu: PDU, sender: Int64, _ position: Int64) throws {
        guard let membership = pdu.content["membership"]?.string.flatMap(Membership.init(rawValue:)) else {
            throw MatrixError.badJSON("membership must be join, invite, leave, ban or knock")
        }
        try EventQueries.setMembership(
            membership, of: member, in: state.number, by: sender, at: position, tx)
        try PushAudience.follow(member, to: membership, in: state, at: position, tx)
    }

    private func announce(_ event: StoredEvent, wake: [Int64]) {
        let (cache, hub) = (actions.cache, actions.hub)
        let changesMembers = event.stateKey != nil && (event.type == "m.room.member" || event.type == "m.room.encryption")
        tx.afterCommit {
            cache.keep(event)
            hub.eventsAppended(
                room: event.roomNumber, position: event.position, wake: wake, changesMembers: changesMembers)
        }
    }

    /// Replaces a piece of state in memory after its event was redacted.
    mutating func replaceInMemory(_ event: StateEvent) {
        guard state.stateEvent(event.type, event.stateKey)?.eventID == event.eventID else { return }
        state.set(event, memberNumber: nil)
        state.keep(tx)
    }
}
