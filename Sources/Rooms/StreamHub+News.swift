import Storage
import Synchronization

/// What is new for one person since a mark, as far as memory knows.
package struct News: Sendable {
    /// Up to where the answer reaches: everything until here was announced.
    package let mark: StreamMark
    /// The rooms in which something happened; nil when memory does not reach back that far or does not know the person's rooms.
    package let rooms: [RoomChange]?
    /// The last position at which something changed that only this person sees; the start, when memory knows of nothing.
    package let own: Int64
    /// The last position at which keys changed that the person's devices follow; the start, when memory knows of nothing.
    package let keys: Int64
    /// The last position at which something concerned the device that asks; the start, when memory knows of nothing.
    package let device: Int64

    /// A room in which something happened.
    package struct RoomChange: Sendable, Hashable {
        /// The room's number.
        package let room: Int64
        /// Whether there are events, state or not.
        package let events: Bool
        /// Whether receipts changed.
        package let receipts: Bool
        /// Whether the list of those typing changed.
        package let typing: Bool
        /// Whether members came or went, or the encryption was set.
        package let members: Bool
    }
}

extension News {
    fileprivate init(
        mark: StreamMark, rooms: [RoomChange]?, person: StreamHub.PersonNews, _ device: String?, _ start: StreamMark
    ) {
        self.init(
            mark: mark, rooms: rooms, own: max(person.own, start.position), keys: max(person.keys, start.position),
            device: max(device.flatMap { person.devices[$0] } ?? 0, start.position))
    }
}

extension StreamHub.PersonNews {
    /// Whether something happened since a mark that the device gets to see.
    func hasNews(for device: String?, since: StreamMark) -> Bool {
        if position > since.position || serial > since.serial { return true }
        guard let device, let last = devices[device] else { return false }
        return last > since.position
    }
}

extension StreamHub {
    /// Whether there may be anything new for a person; costs two look-ups.
    package func hasNews(for user: Int64, device: String? = nil, since: StreamMark) -> Bool {
        state.withLock { state in
            if since.position < start.position { return true }
            guard let person = state.people[user] else { return false }
            return person.hasNews(for: device, since: since)
        }
    }

    /// What is new for a person, and for the device that asks, from memory.
    package func news(for user: Int64, device: String? = nil, since: StreamMark) -> News {
        state.withLock { state in
            let reachesBack = since.position >= start.position
            state.people[user]?.asked = state.now
            guard let person = state.people[user], let rooms = person.rooms, person.isComplete, reachesBack else {
                return News(mark: state.mark, rooms: nil, person: state.people[user] ?? PersonNews(), device, start)
            }
            var changes: [News.RoomChange] = []
            for room in rooms {
                guard let news = state.rooms[room] else { continue }
                let change = News.RoomChange(
                    room: room, events: news.event > since.position, receipts: news.receipt > since.position,
                    typing: news.typing > since.serial, members: news.member > since.position)
                if change.events || change.receipts || change.typing { changes.append(change) }
            }
            for (room, seenAt) in person.left where since.position < seenAt && !rooms.contains(room) {
                changes.append(News.RoomChange(room: room, events: true, receipts: false, typing: false, members: true))
            }
            return News(mark: state.mark, rooms: changes, person: person, device, start)
        }
    }

    /// What last happened in some rooms, by room; those in which nothing did since the start are left out.
    package func lastNews(in rooms: some Sequence<Int64>) -> [Int64: RoomNews] {
        state.withLock { state in
            var result: [Int64: RoomNews] = [:]
            for room in rooms { if let news = state.rooms[room] { result[room] = news } }
            return result
        }
    }

    /// Reads the rooms of somebody who was not seen since the start; afterwards they are kept in memory.
    package func learnRooms(of user: Int64, from store: Store) async throws {
        guard !knowsRooms(of: user) else { return }
        watch(user)
        let rows = try await store.read { tx in try MembershipQueries.rooms(of: user, tx) }
        remember(rows.lazy.filter(\.isInside).map(\.room), of: user)
    }

    /// Whether a person's rooms are in memory.
    package func knowsRooms(of user: Int64) -> Bool {
        state.withLock { $0.people[user]?.isComplete ?? false }
    }

    /// Begins to keep a person's rooms in memory; call it before reading them, so that nothing that happens meanwhile is missed.
    package func watch(_ user: Int64) {
        state.withLock { state in
            state.people[user, default: PersonNews()].asked = state.now
            if state.people[user]?.rooms == nil { state.people[user]?.rooms = [] }
        }
    }

    /// The rooms that were read for a person after ``watch(_:)``.
    package func remember(_ rooms: some Sequence<Int64>, of user: Int64) {
        state.withLock { state in
            guard state.people[user]?.rooms != nil else { return }
            state.people[user]?.rooms?.formUnion(rooms)
            state.people[user]?.isComplete = true
        }
    }

    /// Drops a room that a person turned out to have left, unless something happened there after `mark`. Whoever asks from
    /// before that mark is still told to look at it: another device may not know yet that the room was left.
    package func drop(_ room: Int64, of user: Int64, seenAt mark: StreamMark) {
        state.withLock { state in
            guard state.rooms[room].map({ $0.event <= mark.position }) ?? true else { return }
            if state.people[user]?.rooms?.remove(room) != nil { state.people[user]?.left[room] = mark.position }
        }
    }

    /// Those among `others` who have a room in memory in common with `user`; rooms that were left may count.
    package func sharers(of user: Int64) -> [Int64] {
        state.withLock { state in
            guard let rooms = state.people[user]?.rooms, !rooms.isEmpty else { return [] }
            return state.people.compactMap { other, news in
                guard other != user, let theirs = news.rooms, !theirs.isDisjoint(with: rooms) else { return nil }
                return other
            }
        }
    }
}

extension StreamHub.State {
    /// Forgets the rooms of people who have not asked for long; the next time they are read again.
    mutating func sweep(now: Int64) {
        self.now = now
        guard now >= nextSweep else { return }
        nextSweep = now + Self.sweepMilliseconds
        for (user, person) in people
        where person.rooms != nil && person.waiters.isEmpty && person.asked < now - Self.idleMilliseconds {
            people[user]?.rooms = nil
            people[user]?.left = [:]
            people[user]?.isComplete = false
        }
    }

    private static var sweepMilliseconds: Int64 { 600_000 }
    private static var idleMilliseconds: Int64 { 3_600_000 }
}
