import Matrix
import Synchronization

/// An authentication under way.
struct InteractiveSession: Sendable {
    let id: String
    let operation: InteractiveOperation
    let flows: [[AuthenticationStage]]
    let startedAt: Int64
    var parameters: JSON
    var fingerprint: [UInt8]
    var completed: [AuthenticationStage] = []
    var person: Int64?
    var registrationToken: [UInt8]?

    /// Whether a stage may come next in some flow.
    func expects(_ stage: AuthenticationStage) -> Bool { flows.contains { $0.starts(with: completed + [stage]) } }

    var isComplete: Bool { flows.contains(completed) }
}

/// What passing a stage proved.
enum StageProof: Sendable {
    case password(Int64)
    case dummy
    /// A token's tag, and how many accounts it may still make.
    case registrationToken([UInt8], remaining: Int64?)

    var stage: AuthenticationStage {
        switch self {
        case .password: .password
        case .dummy: .dummy
        case .registrationToken: .registrationToken
        }
    }
}

/// The authentications under way, in memory and bounded. Those of strangers cannot push out those of people with a session.
final class InteractiveSessions: Sendable {
    private struct State {
        var strangers: [String: InteractiveSession] = [:]
        var people: [String: InteractiveSession] = [:]
    }

    private let lifetime: Int64
    private let capacity: Int
    private let state = Mutex(State())

    init(lifetime: Int64, capacity: Int = 2_000) {
        self.lifetime = lifetime
        self.capacity = capacity
    }

    func start(_ request: InteractiveRequest, at now: Int64) -> InteractiveSession {
        let session = InteractiveSession(
            id: OpaqueToken.random(.interactive), operation: request.operation, flows: request.flows, startedAt: now,
            parameters: request.parameters, fingerprint: request.fingerprint)
        state.withLock { state in
            if request.operation.person == nil {
                add(session, to: &state.strangers, at: now)
            } else {
                add(session, to: &state.people, at: now)
            }
        }
        return session
    }

    func session(_ id: String, at now: Int64) -> InteractiveSession? {
        state.withLock { state in
            guard let session = state.strangers[id] ?? state.people[id], now - session.startedAt < lifetime else { return nil }
            return session
        }
    }

    /// Takes new parameters for a session in which nothing has been passed yet. False when something has.
    func rebind(_ id: String, _ request: InteractiveRequest) -> Bool {
        update(id) { session in
            guard session.completed.isEmpty else { return false }
            session.parameters = request.parameters
            session.fingerprint = request.fingerprint
            return true
        } ?? false
    }

    /// Notes that a stage was passed; the session as it is then, or nil when it is gone or the token has no use left.
    func pass(_ proof: StageProof, in id: String) -> InteractiveSession? {
        state.withLock { state in
            if case .registrationToken(let tag, let remaining?) = proof,
                state.strangers.values.count(where: { $0.registrationToken == tag && $0.id != id }) >= remaining
            {
                return nil
            }
            return Self.update(id, &state) { session -> InteractiveSession in
                guard session.expects(proof.stage) else { return session }
                session.completed.append(proof.stage)
                switch proof {
                case .password(let number): session.person = number
                case .registrationToken(let tag, _): session.registrationToken = tag
                case .dummy: break
                }
                return session
            }
        }
    }

    /// Removes a session that is complete. Of several who ask at once, one gets it.
    func consume(_ id: String) -> InteractiveSession? {
        state.withLock { state in
            guard let session = state.strangers[id] ?? state.people[id], session.isComplete else { return nil }
            state.strangers[id] = nil
            state.people[id] = nil
            return session
        }
    }

    /// How many accounts are being made with a registration token.
    func pending(_ tag: [UInt8], at now: Int64) -> Int64 {
        state.withLock { state in
            Int64(state.strangers.values.count { $0.registrationToken == tag && now - $0.startedAt < lifetime })
        }
    }

    func removeExpired(at now: Int64) {
        state.withLock { state in
            state.strangers = state.strangers.filter { now - $0.value.startedAt < lifetime }
            state.people = state.people.filter { now - $0.value.startedAt < lifetime }
        }
    }

    private func add(_ session: InteractiveSession, to sessions: inout [String: InteractiveSession], at now: Int64) {
        if sessions.count >= capacity { sessions = sessions.filter { now - $0.value.startedAt < lifetime } }
        if sessions.count >= capacity, let oldest = sessions.values.min(by: { $0.startedAt < $1.startedAt }) {
            sessions[oldest.id] = nil
        }
        sessions[session.id] = session
    }

    private func update<T: Sendable>(_ id: String, _ change: (inout InteractiveSession) -> T) -> T? {
        state.withLock { Self.update(id, &$0, change) }
    }

    private static func update<T>(_ id: String, _ state: inout State, _ change: (inout InteractiveSession) -> T) -> T? {
        if var session = state.strangers[id] {
            defer { state.strangers[id] = session }
            return change(&session)
        }
        guard var session = state.people[id] else { return nil }
        defer { state.people[id] = session }
        return change(&session)
    }
}
