import Matrix
import Rooms
import Storage

/// What the service of pushers reads, each call from one snapshot.
struct PushReading: Sendable {
    let store: Store
    let cache: EventCache
    let counts: UnreadCounts
    let policy: PushPolicy

    /// What happened to a person.
    struct Look: Sendable {
        var pushers: [StoredPusher] = []
        /// The events that notified the person, by the tags of the pushers that are to be told, the oldest first.
        var events: [[UInt8]: [Notified]] = [:]
        /// How much is unread in the rooms that were looked at.
        var unread: [Int64: Int] = [:]
    }

    /// More events than this are not told one by one; the newest are.
    static let mostPending = 50

    /// Looks at what happened up to a position.
    /// - Parameters:
    ///   - rooms: the rooms in which something did; `nil` for all of the person's.
    ///   - told: up to where each pusher was told, of those that are known already.
    func look(_ person: Int64, rooms: [Int64]?, told: [[UInt8]: Int64], after: Int64, upTo: Int64) async throws -> Look {
        try await store.read { tx in
            var look = Look()
            look.pushers = try PusherQueries.pushers(of: person, tx)
            let all = try MembershipQueries.rooms(of: person, tx).filter(\.isInside)
            let named = rooms.map(Set.init)
            let changed = all.filter { named?.contains($0.room) ?? true }
            for stored in look.pushers {
                let isKnown = told[stored.tag] != nil
                look.events[stored.tag] = try events(
                    of: person, in: isKnown ? changed : all, after: isKnown ? after : stored.position, upTo: upTo, tx)
            }
            for row in changed where row.membership == .join {
                look.unread[row.room] = try counts.count(room: row.room, user: person, upTo: upTo, tx).notifications
            }
            for room in named ?? [] where look.unread[room] == nil { look.unread[room] = 0 }
            return look
        }
    }

    private func events(
        of person: Int64, in rooms: [MembershipRow], after: Int64, upTo: Int64, _ tx: Transaction
    ) throws -> [Notified] {
        guard upTo > after else { return [] }
        var found: [Notified] = []
        for row in rooms {
            found += try NotifiedQueries.events(
                of: person, in: row.room, after: after, upTo: upTo, limit: Self.mostPending, newestFirst: true, tx)
        }
        return Array(found.sorted { $0.position < $1.position }.suffix(Self.mostPending))
    }

    /// An event as a gateway is told of it; `nil` when it was read, redacted or left behind meanwhile.
    func event(_ notified: Notified, for user: UserID, _ person: Int64, withDetails: Bool) async throws -> GatewayMessage.Event? {
        try await store.read { tx in
            guard try isUnread(notified, person, tx), let event = try Timeline.event(at: notified.position, cache: cache, tx)
            else {
                return nil
            }
            var judge = try PushJudge(of: user, person, tx)
            return GatewayMessage.Event(
                eventID: event.eventID.rawValue, roomID: try tx.room(event.roomNumber).rawValue,
                actions: try judge.actions(event, highlights: notified.highlights, cache: cache, tx), type: event.type,
                details: withDetails ? try details(event, user, tx) : nil)
        }
    }

    /// Those of the events that are still unread.
    func stillUnread(_ events: [Notified], _ person: Int64) async throws -> [Notified] {
        try await store.read { tx in try events.filter { try isUnread($0, person, tx) } }
    }

    /// The name of a room, and of who sent an event: what a mail may say.
    func names(_ notified: Notified, _ person: Int64) async throws -> (room: String?, sender: String?) {
        try await store.read { tx in
            guard let event = try Timeline.event(at: notified.position, cache: cache, tx) else { return (nil, nil) }
            return (try text(event.roomNumber, "m.room.name", "name", tx), try senderName(event, tx) ?? event.sender.rawValue)
        }
    }

    private func isUnread(_ notified: Notified, _ person: Int64, _ tx: Transaction) throws -> Bool {
        guard try MembershipQueries.membership(person, notified.room, tx)?.isInside == true else { return false }
        let read = try ReceiptQueries.readUpTo(notified.room, person, thread: notified.thread, tx)
        guard notified.position > read else { return false }
        let still = try NotifiedQueries.events(
            of: person, in: notified.room, after: notified.position - 1, upTo: notified.position, limit: 1, newestFirst: true, tx)
        return !still.isEmpty
    }

    private func details(_ event: StoredEvent, _ user: UserID, _ tx: Transaction) throws -> GatewayMessage.Details {
        GatewayMessage.Details(
            type: event.type, sender: event.sender.rawValue, senderName: try senderName(event, tx),
            roomName: try text(event.roomNumber, "m.room.name", "name", tx),
            roomAlias: try text(event.roomNumber, "m.room.canonical_alias", "alias", tx),
            isAboutReader: event.type == "m.room.member" && event.stateKey == user.rawValue,
            content: Array(try event.content.raw))
    }

    private func senderName(_ event: StoredEvent, _ tx: Transaction) throws -> String? {
        let member = try StateQueries.current(event.roomNumber, "m.room.member", event.sender.rawValue, cache: cache, tx)
        return try member?.content["displayname"]?.string
    }

    private func text(_ room: Int64, _ type: String, _ key: String, _ tx: Transaction) throws -> String? {
        try StateQueries.current(room, type, "", cache: cache, tx)?.content[key]?.string
    }
}
