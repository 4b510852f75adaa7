import Matrix

/// One act, as it goes into the audit log. Never message text, passwords, tokens or codes.
package struct AuditEntry: Sendable, Hashable {
    /// How it ended.
    package enum Outcome: UInt8, Sendable, CaseIterable {
        case success = 0
        /// Refused by a rule.
        case denied = 1
        /// Tried and failed.
        case failure = 2
    }

    /// Who acted: a person with a session, or only a connection.
    package enum Actor: Sendable, Hashable {
        case requester(Requester)
        case origin(Origin)

        /// Where the act came from.
        package var origin: Origin {
            switch self {
            case .requester(let requester): requester.origin
            case .origin(let origin): origin
            }
        }
    }

    /// What happened.
    package let code: AuditCode
    /// Who did it.
    package let actor: Actor
    /// What it was done to: an identifier, never content.
    package let target: String?
    /// The room that it happened in.
    package let room: RoomID?
    /// How it ended.
    package let outcome: Outcome
    /// Why it ended so, in few words.
    package let reason: String?
    /// Milliseconds since 1970.
    package let time: Int64

    /// An act of a person with a session.
    package init(
        code: AuditCode, by requester: Requester, target: String? = nil, room: RoomID? = nil, outcome: Outcome = .success,
        reason: String? = nil, time: Int64
    ) {
        self.init(
            code: code, actor: .requester(requester), target: target, room: room, outcome: outcome, reason: reason, time: time)
    }

    /// An act without a session.
    package init(
        code: AuditCode, by origin: Origin, target: String? = nil, room: RoomID? = nil, outcome: Outcome = .success,
        reason: String? = nil, time: Int64
    ) {
        self.init(code: code, actor: .origin(origin), target: target, room: room, outcome: outcome, reason: reason, time: time)
    }

    /// An act of either.
    package init(
        code: AuditCode, actor: Actor, target: String? = nil, room: RoomID? = nil, outcome: Outcome = .success,
        reason: String? = nil, time: Int64
    ) {
        self.code = code
        self.actor = actor
        self.target = target
        self.room = room
        self.outcome = outcome
        self.reason = reason
        self.time = time
    }
}
