import Crypto
import Synchronization

/// The sessions of tokens seen lately, so that a request with a known token needs no database.
///
/// Two generations of bounded size stand in for a list by age: what is looked up moves to the young one, and when that is
/// full the old one is dropped. An entry counts only if it was read after the last time that its person's sessions ended.
final class SessionCache: Sendable {
    /// What a token is known by here: half of its SHA-256. Tokens are 256 random bits, so this tells nothing about them.
    struct Fingerprint: Hashable, Sendable {
        let high: UInt64
        let low: UInt64

        init(_ token: String) {
            let digest = SHA256.hash(data: Array(token.utf8))
            (high, low) = digest.withUnsafeBytes { bytes in
                (bytes.load(fromByteOffset: 0, as: UInt64.self), bytes.load(fromByteOffset: 8, as: UInt64.self))
            }
        }
    }

    /// The moment at which a session was read from the database.
    struct Ticket: Sendable, Comparable {
        fileprivate let serial: UInt64
        static func < (one: Ticket, other: Ticket) -> Bool { one.serial < other.serial }
    }

    private struct Entry {
        let session: KnownSession
        let read: Ticket
    }

    private struct State {
        var young: [Fingerprint: Entry] = [:]
        var old: [Fingerprint: Entry] = [:]
        var serial: UInt64 = 0
        var ended: [Int64: Ticket] = [:]
        var oldestTicket: UInt64 = 0
    }

    private let capacity: Int
    private let state = Mutex(State())

    /// A cache of at most this many sessions.
    init(capacity: Int) { self.capacity = max(2, capacity) }

    subscript(fingerprint: Fingerprint) -> KnownSession? {
        state.withLock { state in
            if let entry = state.young[fingerprint] { return Self.valid(entry, state) }
            guard let entry = state.old.removeValue(forKey: fingerprint), let session = Self.valid(entry, state) else {
                return nil
            }
            keep(entry, fingerprint, &state)
            return session
        }
    }

    /// Taken before the database is read; see ``remember(_:_:readAt:)``.
    func ticket() -> Ticket { state.withLock { Ticket(serial: $0.serial) } }

    /// Remembers a session, unless its person's sessions ended after the ticket was taken.
    func remember(_ fingerprint: Fingerprint, _ session: KnownSession, readAt ticket: Ticket) {
        state.withLock { state in
            let entry = Entry(session: session, read: ticket)
            if Self.valid(entry, state) != nil { keep(entry, fingerprint, &state) }
        }
    }

    /// Forgets what is known of a person's sessions; those that still exist are read again.
    func forget(_ user: Int64) {
        state.withLock { state in
            state.serial += 1
            if state.ended.count >= 65_536 {
                // Forgetting when sessions ended is safe only when all sessions are forgotten, and all tickets given out.
                state.young = [:]
                state.old = [:]
                state.ended = [:]
                state.oldestTicket = state.serial
            }
            state.ended[user] = Ticket(serial: state.serial)
        }
    }

    private func keep(_ entry: Entry, _ fingerprint: Fingerprint, _ state: inout State) {
        if state.young.count >= capacity / 2 {
            state.old = state.young
            state.young = [:]
        }
        state.young[fingerprint] = entry
    }

    private static func valid(_ entry: Entry, _ state: State) -> KnownSession? {
        guard entry.read.serial >= state.oldestTicket else { return nil }
        if let ended = state.ended[entry.session.number], entry.read < ended { return nil }
        return entry.session
    }
}
