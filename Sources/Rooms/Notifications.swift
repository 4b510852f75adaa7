import Audit
import Matrix
import Storage

/// An event that somebody was told of, as `GET /notifications` lists it.
package struct NotificationEntry: Sendable {
    /// The event.
    package let event: ViewedEvent
    /// Its room.
    package let roomID: RoomID
    /// What its reader's rules do with it.
    package let actions: [PushAction]
    /// Whether a receipt says that it was read.
    package let isRead: Bool
}

extension RoomReads {
    /// A page of what a person was told of in the rooms that he is in or invited to, the newest first.
    /// - Parameter before: the token of the page before.
    /// - Returns: the page and the token of the next, if there is more.
    ///
    /// [Specification](https://spec.matrix.org/v1.19/client-server-api/#listing-notifications)
    package func notifications(
        of requester: Requester, before: Int64?, limit: Int, onlyHighlights: Bool, at now: Int64
    ) async throws -> (entries: [NotificationEntry], next: Int64?) {
        let cache = cache
        return try await store.read { tx in
            let upTo = try min(before.map { $0 - 1 } ?? .max, tx.position())
            var found: [Notified] = []
            for row in try MembershipQueries.rooms(of: requester.number, tx)
            where row.membership == .join || row.membership == .invite {
                found += try NotifiedQueries.events(
                    of: requester.number, in: row.room, after: 0, upTo: upTo, limit: limit + 1, newestFirst: true,
                    onlyHighlights: onlyHighlights, tx)
            }
            found.sort { $0.position > $1.position }
            let page = found.prefix(limit)
            var judge = try PushJudge(of: requester.user, requester.number, tx)
            let viewer = EventViewer(user: requester.user, device: requester.device, now: now)
            var standings: [Int64: ReaderStanding] = [:]
            let events = try Timeline.byPosition(page.map(\.position), cache: cache, tx)
            let viewed = try Dictionary(
                viewer.view(Array(events.values), history: nil, cache: cache, tx).map { ($0.event.position, $0) }
            ) { first, _ in first }
            let entries = try page.compactMap { notified -> NotificationEntry? in
                guard let event = events[notified.position], let shown = viewed[notified.position] else { return nil }
                let standing = try standings[notified.room] ?? ReaderStanding(notified.room, requester.number, tx)
                standings[notified.room] = standing
                let read = max(
                    standing.receipts[""] ?? 0, standing.receipts[notified.thread ?? UnreadCounts.main] ?? 0)
                return NotificationEntry(
                    event: shown, roomID: try tx.room(notified.room),
                    actions: try judge.actions(event, highlights: notified.highlights, cache: cache, tx),
                    isRead: notified.position <= read)
            }
            return (entries, found.count > limit ? page.last?.position : nil)
        }
    }
}

/// Finds the actions of events that notified somebody, by the rules of today.
package struct PushJudge {
    private struct Room: RoomStateLookup {
        let roomID: RoomID
        let version: RoomVersion
        let members: Int
        let displayName: String?
        let state: [String: StateEvent]

        func stateEvent(_ type: String, _ stateKey: String) -> StateEvent? { stateKey.isEmpty ? state[type] : nil }
    }

    private let user: UserID
    private let rules: [PushRule]
    private var rooms: [Int64: Room] = [:]

    /// The rules of a person.
    package init(of user: UserID, _ person: Int64, _ tx: Transaction) throws {
        self.user = user
        rules = try PushQueries.settings(of: person, tx).rules.inOrder
    }

    /// The actions of an event. Rules that were changed since do not unmake the notification: then it is a plain one.
    package mutating func actions(
        _ event: StoredEvent, highlights: Bool, cache: EventCache?, _ tx: Transaction
    ) throws -> [PushAction] {
        let room = try room(event.roomNumber, cache, tx)
        var evaluation = PushEvaluation(
            PushEvent(
                eventID: event.eventID, roomID: room.roomID, type: event.type, sender: event.sender, stateKey: event.stateKey,
                content: try event.content, originServerTS: event.originServerTS),
            in: PushRoom(members: room.members, levels: PowerLevels(state: room, version: room.version)))
        let actions = evaluation.actions(rules, for: PushReader(user: user, displayName: room.displayName)) ?? []
        if PushVerdict(actions) == PushVerdict(notifies: true, highlights: highlights) { return actions }
        return highlights ? [.notify, .highlight] : [.notify]
    }

    private mutating func room(_ number: Int64, _ cache: EventCache?, _ tx: Transaction) throws -> Room {
        if let room = rooms[number] { return room }
        var state: [String: StateEvent] = [:]
        for type in [EventType.create, EventType.powerLevels] {
            guard let event = try StateQueries.current(number, type, "", cache: cache, tx) else { continue }
            state[type] = StateEvent(
                eventID: event.eventID, sender: event.sender, type: type, stateKey: "", content: try event.content,
                position: event.position)
        }
        guard let version = try RoomInfoQueries.version(of: number, tx) else { throw RoomReadError.damaged }
        let member = try StateQueries.current(number, EventType.member, user.rawValue, cache: cache, tx)
        let room = Room(
            roomID: try tx.room(number), version: version,
            members: try MembershipQueries.count(of: number, .join, tx),
            displayName: try member?.content["displayname"]?.string, state: state)
        rooms[number] = room
        return room
    }
}
