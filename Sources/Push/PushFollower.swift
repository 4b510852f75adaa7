import Foundation
import Logging
import Mail
import Matrix
import Rooms
import Storage

/// Follows one person and tells the person's pushers.
///
/// What is durable is up to where each pusher was told. A pusher that cannot be told is tried again after 1, 2, 4 … seconds, at
/// most an hour; what it could not be told of within a day is dropped, and from then on each attempt is an hour after the last.
struct PushFollower {
    /// What is known of a pusher besides what is stored.
    private struct State {
        /// Up to where the pusher was told, as it is stored.
        var position: Int64
        let setAt: Int64
        var pending: [Notified] = []
        var failures = 0
        var failingSince: Int64?
        /// The time of the next attempt; 0 for at once.
        var next: Int64 = 0
        var badge: Int
        /// Of mail: when the first of what is pending was seen.
        var collectedSince: Int64?
        var mailedAt: Int64 = 0
    }

    private let person: Int64
    private let service: PushService
    private var user: UserID?
    private var states: [[UInt8]: State] = [:]
    private var unread: [Int64: Int] = [:]
    private var looked: StreamMark?

    private static let hour: Int64 = 3_600_000
    private static let day = 24 * hour

    init(_ person: Int64, _ service: PushService) {
        self.person = person
        self.service = service
    }

    /// Follows until the person has no pushers any more, the server stops, or the task is cancelled.
    /// - Returns: whether the service knows already that the person is not followed any more.
    mutating func run() async -> Bool {
        while !Task.isCancelled {
            let changes = service.changes(of: person)
            let mark = service.hub.mark
            var retry = Self.hour / 2
            do {
                let pushers = try await look(upTo: mark)
                if pushers.isEmpty {
                    if service.unfollow(person, unlessChangedSince: changes) { return true }
                    continue
                }
                for stored in pushers { try await tell(stored, upTo: mark) }
            } catch is CancellationError { return false } catch {
                service.logger.warning("pushers were not told", metadata: ["error": "\(type(of: error))"])
                retry = 5_000
            }
            let now = service.now()
            let due = states.values.compactMap { Self.due($0) }.min() ?? .max
            let wakeup = await service.hub.wait(
                user: person, device: nil, after: mark, until: min(max(due, now + 50), now + retry))
            if wakeup == .draining { return false }
        }
        return false
    }

    /// When a pusher is to be told again though nothing happens; `nil` for never.
    private static func due(_ state: State) -> Int64? {
        [state.next, state.collectedSince ?? 0].filter { $0 > 0 }.max()
    }

    private var total: Int { unread.values.reduce(0, +) }

    /// Takes in what happened since the last look.
    private mutating func look(upTo mark: StreamMark) async throws -> [StoredPusher] {
        if user == nil { user = try await service.store.read { [person] tx in try tx.user(person) } }
        let rooms = try await changedRooms()
        let look = try await service.reading.look(
            person, rooms: rooms, told: states.mapValues(\.position), after: looked?.position ?? mark.position,
            upTo: mark.position)
        if rooms == nil { unread = [:] }
        for (room, count) in look.unread { unread[room] = count == 0 ? nil : count }
        let tags = Set(look.pushers.map(\.tag))
        states = states.filter { tags.contains($0.key) }
        for stored in look.pushers {
            if states[stored.tag]?.setAt != stored.setAt {
                states[stored.tag] = State(
                    position: stored.position, setAt: stored.setAt, failingSince: stored.failingSince, badge: total)
            }
            states[stored.tag]?.pending += look.events[stored.tag] ?? []
            if let excess = states[stored.tag].map({ $0.pending.count - PushReading.mostPending }), excess > 0 {
                states[stored.tag]?.pending.removeFirst(excess)
            }
        }
        looked = mark
        return look.pushers
    }

    /// The rooms in which something happened since the last look; `nil` when they are not known.
    private func changedRooms() async throws -> [Int64]? {
        guard let looked else {
            try await service.hub.learnRooms(of: person, from: service.store)
            return nil
        }
        return service.hub.news(for: person, since: looked).rooms?.map(\.room)
    }

    private mutating func tell(_ stored: StoredPusher, upTo mark: StreamMark) async throws {
        guard var state = states[stored.tag], let user else { return }
        let before = (state.position, state.failingSince)
        switch stored.pusher.kind {
        case .http(let url):
            if state.next <= service.now() { try await tell(stored, url, &state, user, upTo: mark) }
        case .email(let recipient): try await mail(recipient, &state, upTo: mark)
        }
        guard states[stored.tag] != nil else { return }
        states[stored.tag] = state
        guard before != (state.position, state.failingSince) else { return }
        let (position, failingSince) = (state.position, state.failingSince)
        try await service.store.write { tx in
            try PusherQueries.note(stored, position: position, failingSince: failingSince, tx)
        }
    }
}

// Gateways
extension PushFollower {
    private mutating func tell(
        _ stored: StoredPusher, _ url: GatewayURL, _ state: inout State, _ user: UserID, upTo mark: StreamMark
    ) async throws {
        let withDetails = service.policy.includesContent && !stored.pusher.wantsIDOnly
        while let first = state.pending.first {
            if let event = try await service.reading.event(first, for: user, person, withDetails: withDetails) {
                guard try await post(GatewayMessage(event: event, unread: total), stored, url, &state, user, mark) else { return }
                state.badge = total
            }
            state.pending.removeFirst()
            state.position = max(state.position, state.pending.isEmpty ? mark.position : first.position)
        }
        if state.badge != total {
            guard try await post(GatewayMessage(event: nil, unread: total), stored, url, &state, user, mark) else { return }
            state.badge = total
        }
    }

    /// Sends one message; says whether it arrived and the pusher is still wanted.
    private mutating func post(
        _ message: GatewayMessage, _ stored: StoredPusher, _ url: GatewayURL, _ state: inout State, _ user: UserID,
        _ mark: StreamMark
    ) async throws -> Bool {
        let (gateway, body) = (service.gateway, message.body(for: stored.pusher, setAt: stored.setAt))
        do {
            let rejected = try await service.turnstile.pass { try await gateway.post(body, to: url) }
            (state.failures, state.failingSince, state.next) = (0, nil, 0)
            guard rejected.contains(stored.pusher.pushKey) else { return true }
            states[stored.tag] = nil
            try await service.reject(stored, of: user)
            return false
        } catch let error as GatewayError {
            let now = service.now()
            state.failures += 1
            let since = state.failingSince ?? now
            state.failingSince = since
            state.next = now + Self.pause(after: state.failures)
            if now - since > Self.day {
                (state.pending, state.position, state.badge) = ([], mark.position, total)
                state.next = now + Self.hour
            }
            if state.failures == 1 {
                service.logger.notice("a push gateway was not reached", metadata: ["reason": "\(error)"])
            }
            return false
        }
    }

    /// How long to wait after so many failures, in milliseconds: twice as long each time, up to an hour, and a little more or
    /// less, lest all come back at once.
    static func pause(after failures: Int) -> Int64 {
        let pause = min(1_000 << Int64(min(failures - 1, 12)), hour)
        return pause - Int64.random(in: 0...(pause / 5))
    }
}

// Mail
extension PushFollower {
    /// Sends a mail once what is unread has been collected for long enough, and an hour after the last one at the earliest.
    private mutating func mail(_ recipient: MailAddress, _ state: inout State, upTo mark: StreamMark) async throws {
        guard let mailer = service.mailer, !state.pending.isEmpty else { return state.pending.removeAll() }
        let now = service.now()
        let since = state.collectedSince ?? max(now + service.policy.mailDelay, state.mailedAt + Self.hour)
        state.collectedSince = since
        guard max(since, state.next) <= now else { return }
        let unread = try await service.reading.stillUnread(state.pending, person)
        if !unread.isEmpty {
            let message = try await digest(unread, recipient)
            do {
                try await mailer.send(message, id: UUID().uuidString, date: Date(timeIntervalSince1970: Double(now) / 1_000))
                state.mailedAt = now
            } catch let error as MailError where error.isTemporary {
                state.failures += 1
                state.next = now + max(Self.pause(after: state.failures), 60_000)
                service.logger.warning("no mail was sent", metadata: ["reason": "\(error)"])
                return
            } catch let error as MailError {
                service.logger.error("no mail was sent", metadata: ["reason": "\(error)"])
            }
        }
        (state.pending, state.collectedSince, state.failures, state.next) = ([], nil, 0, 0)
        state.position = mark.position
    }

    private func digest(_ events: [Notified], _ recipient: MailAddress) async throws -> MailMessage {
        var lines: [String] = []
        if service.policy.mailNames {
            for event in events.suffix(20) {
                let (room, sender) = try await service.reading.names(event, person)
                lines.append("- \(sender ?? "somebody")" + (room.map { ": \($0)" } ?? ""))
            }
        }
        let count = events.count == 1 ? "1 unread message" : "\(events.count) unread messages"
        let text =
            (["You have \(count) at \(service.address())", ""] + lines
            + ["", "You get this mail because a client of yours asked for it; it can be switched off there.", ""])
            .joined(separator: "\n")
        return MailMessage(to: recipient, subject: count.prefix(1).uppercased() + count.dropFirst(), text: text)
    }
}
