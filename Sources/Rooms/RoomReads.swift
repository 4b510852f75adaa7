import Audit
import Matrix
import Storage

/// What people read of rooms. Nothing here changes anything; each call is one consistent look.
package struct RoomReads: Sendable {
    let store: Store
    let cache: EventCache
    /// What people have decided for themselves.
    let personal: PersonalSettings

    /// The reads over a store; the cache is the one the writers fill.
    package init(store: Store, cache: EventCache, personal: PersonalSettings = .none) {
        self.store = store
        self.cache = cache
        self.personal = personal
    }

    /// One event; throws ``RoomReadError/eventNotFound`` for whatever reason it is not shown.
    package func event(
        _ id: EventID, in roomID: RoomID, by requester: Requester, at now: Int64
    ) async throws -> ViewedEvent {
        try await look(into: roomID, by: requester, at: now, orElse: .eventNotFound) { look in
            try look.bundle([look.event(id)])[0]
        }
    }

    /// Where an event that somebody joined to its room may see lies; throws ``RoomReadError``.
    package func position(of id: EventID, in roomID: RoomID, by requester: Requester) async throws -> Int64 {
        try await look(into: roomID, by: requester, at: 0) { look in
            guard look.reading.isJoined else { throw RoomReadError.notVisible }
            return try look.reading.event(id, cache: look.cache, look.tx).position
        }
    }

    /// The rooms somebody is joined to.
    package func joinedRooms(of requester: Requester) async throws -> [RoomID] {
        try await store.read { tx in
            try MembershipQueries.rooms(of: requester.number, .join, tx).map { try tx.room($0.room) }
        }
    }

    /// A page of the published rooms.
    package func publicRooms(_ wish: PublicRooms.Wish) async throws -> PublicRooms {
        try await store.read { tx in try PublicRooms(wish, cache: cache, tx) }
    }

    /// The numbers of a room and of those joined to it, for somebody who is one of them; throws ``RoomReadError/notVisible``.
    package func joinedNumbers(in roomID: RoomID, by requester: Requester) async throws -> (room: Int64, joined: [Int64]) {
        try await store.read { tx in
            guard let room = try tx.number(of: roomID),
                try MembershipQueries.membership(requester.number, room, tx)?.membership == .join
            else { throw RoomReadError.notVisible }
            return (room, try MembershipQueries.members(of: room, .join, tx).map(\.user))
        }
    }

    /// Opens a room for somebody and looks into it.
    func look<T: Sendable>(
        into roomID: RoomID, by requester: Requester, at now: Int64, orElse refusal: RoomReadError = .notVisible,
        _ body: @escaping @Sendable (Look) throws -> T
    ) async throws -> T {
        let (cache, personal) = (cache, personal)
        let viewer = EventViewer(user: requester.user, device: requester.device, now: now)
        return try await store.read { tx in
            let reading: RoomReading
            do { reading = try RoomReading(roomID, for: requester.number, tx) } catch RoomReadError.notVisible { throw refusal }
            return try body(Look(reading: reading, viewer: viewer, cache: cache, personal: personal, tx: tx))
        }
    }
}

/// One look into one room, inside a transaction.
final class Look {
    let reading: RoomReading
    let viewer: EventViewer
    let cache: EventCache
    let tx: Transaction
    private let personal: PersonalSettings
    private var knownIgnored: Set<UserID>?

    init(reading: RoomReading, viewer: EventViewer, cache: EventCache, personal: PersonalSettings, tx: Transaction) {
        self.reading = reading
        self.viewer = viewer
        self.cache = cache
        self.personal = personal
        self.tx = tx
    }

    /// Prepares events for the reader.
    func view(_ events: [StoredEvent]) throws -> [ViewedEvent] {
        try viewer.view(events, history: reading.history, cache: cache, tx)
    }

    /// Prepares events for the reader, with what relates to them.
    func bundle(_ events: [StoredEvent]) throws -> [ViewedEvent] {
        let bundling = try Bundling(sight, ignoring: ignored())
        return try viewer.view(events, history: reading.history, bundling: bundling, cache: cache, tx)
    }

    /// What the reader may see, as a condition.
    var sight: Sight { Sight(reading.history, upTo: reading.end ?? .max) }

    /// Whom the reader ignores; read once for the whole look.
    func ignored() throws -> Set<UserID> {
        if let knownIgnored { return knownIgnored }
        let ignored = try reading.user.map { try personal.ignored($0, tx) } ?? []
        knownIgnored = ignored
        return ignored
    }

    /// An event that the reader may see and wants to; throws ``RoomReadError/eventNotFound``.
    func event(_ id: EventID) throws -> StoredEvent {
        let event = try reading.event(id, cache: cache, tx)
        guard try event.isState || !ignored().contains(event.sender) else { throw RoomReadError.eventNotFound }
        return event
    }

    /// A selection without what people sent whom the reader ignores. Their state is never kept out.
    func selection(_ wanted: EventSelection) throws -> EventSelection {
        let ignored = try ignored()
        guard !ignored.isEmpty else { return wanted }
        return EventSelection(lazyLoadsMembers: wanted.lazyLoadsMembers) { event in
            guard event.isState || !ignored.contains(event.sender) else { return false }
            return try wanted.matches(event)
        }
    }

    /// The member events of the senders of these events, as of the latest of them.
    func members(sending events: [StoredEvent]) throws -> [StoredEvent] {
        guard let latest = events.map(\.position).max() else { return [] }
        return try Set(events.map(\.sender)).sorted { $0.rawValue < $1.rawValue }.compactMap { sender in
            try StateQueries.at(reading.room, "m.room.member", sender.rawValue, latest, cache: cache, tx)
        }
    }
}

extension RoomActions {
    /// The reads over the same store and cache.
    package var reads: RoomReads { RoomReads(store: store, cache: cache, personal: personal) }
}
