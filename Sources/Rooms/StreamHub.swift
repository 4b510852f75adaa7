import Synchronization

/// What is new, in memory: the last position per room and per person, who waits for it, who is typing.
///
/// Everything here can be lost without loss: after a start the hub knows only the position it started at, and whoever asks about
/// something older reads the database. Writers announce after their commit, in the order of their positions; so everything
/// up to ``StreamMark/position`` was announced, and an idle sync needs no database.
package final class StreamHub: Sendable {
    /// What the lock guards.
    struct State {
        var mark: StreamMark
        var rooms: [Int64: RoomNews] = [:]
        var people: [Int64: PersonNews] = [:]
        var waiters: [UInt64: Waiter] = [:]
        var deadlines: [Int64: Set<UInt64>] = [:]
        var nextWaiter: UInt64 = 0
        /// Who is told when typing ends by itself, by room.
        var typingReaders: [Int64: [Int64]] = [:]
        /// How many look into a room without being in it.
        var peekers: [Int64: Int] = [:]
        var isDraining = false
        /// The time of the last tick.
        var now: Int64 = 0
        var nextSweep: Int64 = 0
    }

    /// The last places at which something happened in a room.
    package struct RoomNews: Sendable {
        /// The position of the last event.
        package internal(set) var event: Int64 = 0
        /// The position of the last receipt.
        package internal(set) var receipt: Int64 = 0
        /// The serial at which the list of those typing changed last.
        package internal(set) var typing: Int64 = 0
        /// The position of the last event that moved a member or set the encryption.
        package internal(set) var member: Int64 = 0
    }

    /// The last marks at which something happened that a person gets to see.
    struct PersonNews {
        var position: Int64 = 0
        var own: Int64 = 0
        var serial: Int64 = 0
        /// The last position at which keys changed that the person's devices follow.
        var keys: Int64 = 0
        /// The last position at which something concerned one device alone.
        var devices: [String: Int64] = [:]
        /// The rooms to look at for news, once somebody asked; left rooms may linger.
        var rooms: Set<Int64>?
        /// The rooms that were dropped from `rooms`, with the position up to which it is known that they were left.
        var left: [Int64: Int64] = [:]
        /// Whether `rooms` holds those of before as well, read from the database.
        var isComplete = false
        /// When somebody asked last.
        var asked: Int64 = 0
        var waiters: [UInt64] = []
    }

    let state: Mutex<State>
    /// Who is typing where.
    package let typing = Typing()
    /// The mark at the start: nothing older is known here.
    package let start: StreamMark

    /// A hub that knows nothing before `position`.
    /// - Parameter serial: where typing and presence begin to count: the time of the start in milliseconds, so that serials grow
    ///   over restarts.
    package init(position: Int64, serial: Int64) {
        start = StreamMark(position: position, serial: serial)
        state = Mutex(State(mark: start))
    }

    /// Up to where everything was announced.
    package var mark: StreamMark { state.withLock { $0.mark } }

    /// Announces an event; call it after the commit, in the order of positions.
    /// - Parameters:
    ///   - wake: those who see it: the joined members, and the one whose membership it changes.
    ///   - changesMembers: whether it moves a member or sets the encryption, so that device lists have to be looked at.
    package func eventsAppended(room: Int64, position: Int64, wake: [Int64], changesMembers: Bool = false) {
        let woken = state.withLock { state in
            state.mark.position = max(state.mark.position, position)
            state.rooms[room, default: RoomNews()].event = position
            if changesMembers { state.rooms[room]?.member = position }
            var woken = state.note(position, for: wake, in: room)
            if state.peekers[room] != nil { woken += state.note(position, for: [Self.peeker(of: room)], in: nil) }
            return woken
        }
        woken.resume(returning: .news)
    }

    /// Announces a read receipt; call it after the commit, in the order of positions.
    /// - Parameter wake: those who see it: the joined members, or for a private receipt its sender alone.
    package func receiptsChanged(room: Int64, position: Int64, wake: [Int64]) {
        let woken = state.withLock { state in
            state.mark.position = max(state.mark.position, position)
            state.rooms[room, default: RoomNews()].receipt = position
            return state.note(position, for: wake, in: room)
        }
        woken.resume(returning: .news)
    }

    /// Announces something that only one person gets to see, for instance account data; call it after the commit.
    package func userChanged(_ user: Int64, position: Int64) {
        let woken = state.withLock { state in
            state.mark.position = max(state.mark.position, position)
            state.people[user, default: PersonNews()].own = position
            return state.note(position, for: [user], in: nil)
        }
        woken.resume(returning: .news)
    }

    /// Announces something that lives in memory alone, for instance presence.
    /// - Parameter note: gets the serial before anybody can see it; must not call the hub.
    package func ephemeralChanged(wake: [Int64], note: (Int64) -> Void) {
        let woken = state.withLock { state in
            state.mark.serial += 1
            note(state.mark.serial)
            return state.noteSerial(for: wake)
        }
        woken.resume(returning: .news)
    }
}

extension StreamHub.State {
    /// Notes a position for people and takes out those of them who wait for it.
    mutating func note(_ position: Int64, for users: [Int64], in room: Int64?) -> [StreamHub.Waiter] {
        var woken: [StreamHub.Waiter] = []
        for user in users {
            // One access in place, since a busy room does this for each of its members.
            people[user, default: StreamHub.PersonNews()].note(position, in: room)
            takeWaiters(of: user, into: &woken)
        }
        return woken
    }

    /// Notes the newest serial for people and takes out those of them who wait for it.
    mutating func noteSerial(for users: [Int64]) -> [StreamHub.Waiter] {
        var woken: [StreamHub.Waiter] = []
        for user in users {
            people[user, default: StreamHub.PersonNews()].serial = mark.serial
            takeWaiters(of: user, into: &woken)
        }
        return woken
    }
}

extension StreamHub.PersonNews {
    fileprivate mutating func note(_ position: Int64, in room: Int64?) {
        self.position = position
        if let room, rooms?.contains(room) == false {
            rooms?.insert(room)
            left[room] = nil
        }
    }
}
