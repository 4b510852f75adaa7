import Foundation
import Logging
import Mail
import Matrix
import Rooms
import Storage

/// Tells one pusher what is pending for it.
struct PusherTelling: Sendable {
    /// What it came to.
    struct Report: Sendable {
        let tag: [UInt8]
        let setAt: Int64
        /// `nil` for a pusher that is not wanted any more.
        let state: PusherState?
    }

    private let stored: StoredPusher
    private let user: UserID
    private let service: PushService
    private let upTo: Int64
    private let unread: Int
    private var state: PusherState

    private static let day = 24 * PushFollower.hour

    /// - Parameters:
    ///   - upTo: the position up to which everything is told when nothing is pending any more.
    ///   - unread: how much is unread.
    init(_ stored: StoredPusher, _ state: PusherState, _ user: UserID, _ service: PushService, upTo: Int64, unread: Int) {
        self.stored = stored
        self.state = state
        self.user = user
        self.service = service
        self.upTo = upTo
        self.unread = unread
    }

    /// Tells it, and notes up to where. What goes wrong is tried again later, as the state says.
    mutating func run() async -> Report {
        let before = (state.position, state.failingSince)
        do {
            let isWanted =
                switch stored.pusher.kind {
                case .http(let url): try await tell(url)
                case .email(let recipient): try await mail(recipient)
                }
            guard isWanted else { return Report(tag: stored.tag, setAt: stored.setAt, state: nil) }
            let (position, failingSince) = (state.position, state.failingSince)
            if before != (position, failingSince) {
                try await service.store.write { [stored] tx in
                    try PusherQueries.note(stored, position: position, failingSince: failingSince, tx)
                }
            }
        } catch is CancellationError {
            // The server stops; what was not told is told after the start.
        } catch {
            service.logger.warning("a pusher was not told", metadata: ["error": "\(type(of: error))"])
            state.next = max(state.next, service.now() + 5_000)
        }
        return Report(tag: stored.tag, setAt: stored.setAt, state: state)
    }

    /// How long to wait after so many failures, in milliseconds: twice as long each time, up to an hour, and a little more or
    /// less, lest all come back at once.
    static func pause(after failures: Int) -> Int64 {
        let pause = min(1_000 << Int64(min(failures - 1, 12)), PushFollower.hour)
        return pause - Int64.random(in: 0...(pause / 5))
    }
}

// Gateways
extension PusherTelling {
    /// Tells a gateway event by event, then the count if that changed; says whether the pusher is still wanted.
    private mutating func tell(_ url: GatewayURL) async throws -> Bool {
        let withDetails = service.policy.includesContent && !stored.pusher.wantsIDOnly
        while let first = state.pending.first {
            if let event = try await service.reading.event(first, for: user, stored.person, withDetails: withDetails) {
                switch try await post(GatewayMessage(event: event, unread: unread), url) {
                case .arrived: state.badge = unread
                case .failed: return true
                case .rejected: return false
                }
            }
            state.drop(1)
            state.position = max(state.position, state.pending.isEmpty ? upTo : first.position)
        }
        guard state.badge != unread else { return true }
        let end = try await post(GatewayMessage(event: nil, unread: unread), url)
        if end == .arrived { state.badge = unread }
        return end != .rejected
    }

    private enum End {
        case arrived, failed, rejected
    }

    private mutating func post(_ message: GatewayMessage, _ url: GatewayURL) async throws -> End {
        let (gateway, body) = (service.gateway, message.body(for: stored.pusher, setAt: stored.setAt))
        do {
            let rejected = try await service.turnstile.pass { try await gateway.post(body, to: url) }
            (state.failures, state.failingSince, state.next) = (0, nil, 0)
            guard rejected.contains(stored.pusher.pushKey) else { return .arrived }
            try await service.reject(stored, of: user)
            return .rejected
        } catch let error as GatewayError {
            let now = service.now()
            state.failures += 1
            let since = state.failingSince ?? now
            state.failingSince = since
            state.next = now + Self.pause(after: state.failures)
            if now - since > Self.day {
                state.drop(state.pending.count)
                (state.position, state.badge) = (upTo, unread)
                state.next = now + PushFollower.hour
            }
            if state.failures == 1 {
                service.logger.notice("a push gateway was not reached", metadata: ["reason": "\(error)"])
            }
            return .failed
        }
    }
}

// Mail
extension PusherTelling {
    /// Sends a mail of what is still unread; says whether the pusher is still wanted, which it is.
    private mutating func mail(_ recipient: MailAddress) async throws -> Bool {
        guard let mailer = service.mailer else { return true }
        let now = service.now()
        let unread = try await service.reading.stillUnread(state.pending, stored.person)
        if !unread.isEmpty {
            let message = try await digest(unread, recipient)
            do {
                try await mailer.send(message, id: UUID().uuidString, date: Date(timeIntervalSince1970: Double(now) / 1_000))
                state.mailedAt = now
            } catch let error as MailError where error.isTemporary {
                state.failures += 1
                state.next = now + max(Self.pause(after: state.failures), 60_000)
                service.logger.warning("no mail was sent", metadata: ["reason": "\(error)"])
                return true
            } catch let error as MailError {
                service.logger.error("no mail was sent", metadata: ["reason": "\(error)"])
            }
        }
        state.drop(state.pending.count)
        (state.mailableAt, state.failures, state.next, state.position) = (nil, 0, 0, upTo)
        return true
    }

    private func digest(_ events: [Notified], _ recipient: MailAddress) async throws -> MailMessage {
        var lines: [String] = []
        if service.policy.mailNames {
            for event in events.suffix(20) {
                let (room, sender) = try await service.reading.names(event, stored.person)
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
