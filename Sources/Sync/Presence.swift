import Matrix
import Rooms
import Synchronization

/// Who is there: in memory only. Told to the person himself and to those who share a room with him.
///
/// [Specification](https://spec.matrix.org/v1.16/client-server-api/#presence)
package final class Presence: Sendable {
    /// How somebody is.
    package enum Standing: String, Sendable { case online, unavailable, offline }

    /// What is known of one person.
    struct Entry: Sendable {
        var standing = Standing.offline
        var message: String?
        /// When he last did something, in milliseconds since 1970.
        var lastActive: Int64 = 0
        var isActive = false
        /// How many of his long polls run, and when the last one ended.
        var polls = 0
        var lastPoll: Int64 = 0
        /// Whether a client said in a poll that he is idle.
        var isIdleByPoll = false
        /// The name and avatar that he took on since the start; others are told with the next change.
        var profile: MemberProfile?
        /// The serial of the last change that others were told of.
        var serial: Int64 = 0
    }

    /// How long somebody counts as active after doing something.
    package static let activeMilliseconds: Int64 = 60_000
    /// After how long without doing anything somebody counts as unavailable.
    package static let idleMilliseconds: Int64 = 300_000
    /// How long after his last poll somebody counts as offline.
    package static let offlineMilliseconds: Int64 = 30_000
    /// The longest status message in bytes.
    package static let longestMessage = 1_024

    private let hub: StreamHub
    private let people = Mutex<[Int64: Entry]>([:])

    /// Nobody is there yet.
    package init(hub: StreamHub) { self.hub = hub }

    /// A long poll of somebody begins; `nil` for one that leaves his presence alone.
    func pollBegan(_ user: Int64, as standing: Standing, now: Int64) {
        update(user) { entry in
            entry.polls += 1
            entry.lastPoll = now
            switch standing {
            case .offline: break
            case .unavailable where entry.standing != .unavailable:
                entry.standing = .unavailable
                entry.isIdleByPoll = true
                entry.isActive = false
            case .online where entry.standing == .offline || entry.isIdleByPoll:
                entry.becomeActive(now)
            case .online, .unavailable: break
            }
        }
    }

    /// A long poll of somebody ended.
    func pollEnded(_ user: Int64, now: Int64) {
        people.withLock { held in
            held[user]?.polls -= 1
            held[user]?.lastPoll = now
        }
    }

    /// Somebody did something: sent a message, a receipt, typed.
    package func active(_ user: Int64, now: Int64) {
        guard people.withLock({ ($0[user]?.standing ?? .offline) != .offline }) else { return }
        update(user) { $0.becomeActive(now) }
    }

    /// Somebody changed his name or avatar: who sees his presence is told.
    package func profileChanged(_ user: Int64, to profile: MemberProfile) {
        update(user) { $0.profile = profile }
    }

    /// Somebody says how he is.
    /// - Throws: `M_INVALID_PARAM` for a message that is too long.
    package func set(_ user: Int64, to standing: Standing, message: String?, now: Int64) throws(MatrixError) {
        guard (message?.utf8.count ?? 0) <= Self.longestMessage else {
            throw .invalidParam("status_msg is longer than \(Self.longestMessage) bytes")
        }
        update(user) { entry in
            entry.becomeActive(now)
            entry.lastPoll = now
            entry.standing = standing
            entry.isActive = standing == .online
            entry.message = message
        }
    }

    /// What is known of somebody.
    func entry(of user: Int64) -> Entry? { people.withLock { $0[user] } }

    /// Those of whom there is something new since a serial; of the time before the first poll only those who are there.
    func changes(since serial: Int64?) -> [(user: Int64, entry: Entry)] {
        people.withLock { held in
            held.compactMap { user, entry in
                if let serial { return entry.serial > serial ? (user, entry) : nil }
                return entry.standing != .offline || entry.message != nil ? (user, entry) : nil
            }
        }
    }

    /// Lets time pass: active people become inactive, idle and offline. Call it every second or so.
    package func tick(now: Int64) {
        let due = people.withLock { held in held.filter { $0.value.isDue(now) }.map(\.key) }
        for user in due { update(user) { $0.settle(now) } }
    }

    private func update(_ user: Int64, _ change: (inout Entry) -> Void) {
        let told = people.withLock { held in
            var entry = held[user] ?? Entry()
            let before = entry
            change(&entry)
            held[user] = entry
            return entry.tells(apartFrom: before)
        }
        guard told else { return }
        // The serial is noted before anybody is woken, so that whoever wakes finds it.
        hub.ephemeralChanged(wake: hub.sharers(of: user) + [user]) { serial in
            people.withLock { $0[user]?.serial = serial }
        }
    }
}

extension Presence.Entry {
    fileprivate mutating func becomeActive(_ now: Int64) {
        standing = .online
        isActive = true
        isIdleByPoll = false
        lastActive = max(lastActive, now)
    }

    fileprivate func isDue(_ now: Int64) -> Bool {
        var later = self
        later.settle(now)
        return later.tells(apartFrom: self)
    }

    fileprivate mutating func settle(_ now: Int64) {
        guard standing != .offline else { return }
        if now - lastActive >= Presence.activeMilliseconds { isActive = false }
        if standing == .online, now - lastActive >= Presence.idleMilliseconds { standing = .unavailable }
        if polls <= 0, now - lastPoll >= Presence.offlineMilliseconds {
            standing = .offline
            isActive = false
        }
    }

    fileprivate func tells(apartFrom other: Self) -> Bool {
        standing != other.standing || message != other.message || isActive != other.isActive || profile != other.profile
    }

    /// What others are told.
    func append(to writer: inout JSONWriter, now: Int64) {
        writer.member("presence", standing.rawValue)
        if lastActive > 0 { writer.member("last_active_ago", max(0, now - lastActive)) }
        if standing == .online { writer.member("currently_active", isActive) }
        if let message { writer.member("status_msg", message) }
    }
}
