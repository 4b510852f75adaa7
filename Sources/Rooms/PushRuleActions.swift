import Audit
import Matrix
import Storage

/// What people do with their push rules.
/// [Specification](https://spec.matrix.org/v1.19/client-server-api/#push-rules-api)
package struct PushRuleActions: Sendable {
    let store: Store
    let hub: StreamHub

    /// A person's rules.
    package func rules(of person: Int64) async throws -> PushRules {
        try await store.read { tx in try PushQueries.rules(of: person, tx).rules }
    }

    /// Changes a person's rules. Events from now on are judged by the new ones; what was counted stays.
    /// - Parameters:
    ///   - target: what the audit log says of the change; not a rule's own name, which may be a word of a conversation.
    ///   - body: may run more than once.
    package func change(
        _ target: String, by requester: Requester, at now: Int64,
        _ body: @escaping @Sendable (inout PushRules) throws -> Void
    ) async throws {
        try await store.write { tx in
            let before = try PushQueries.settings(of: requester.number, tx).rules
            var rules = before
            try body(&rules)
            try AuditLog.append(AuditEntry(code: .dataPushRuleSet, by: requester, target: target, time: now), tx)
            guard rules != before else { return }
            let position = try tx.nextPosition()
            try PushQueries.set(rules, of: requester.number, at: position, tx)
            try PushAudience.settingsChanged(of: requester.number, at: position, tx)
            let hub = hub
            tx.afterCommit { hub.userChanged(requester.number, position: position) }
        }
    }
}

extension PushRuleActions {
    /// Lets events of some people notify a person no longer; inside the transaction that changes whom the person ignores.
    /// - Parameter position: that of the change.
    package static func ignore(_ users: Set<UserID>, by person: Int64, at position: Int64, _ tx: Transaction) throws {
        guard try PushQueries.settings(of: person, tx).ignored != users else { return }
        try PushQueries.set(ignored: users, of: person, tx)
        try PushAudience.settingsChanged(of: person, at: position, tx)
    }
}

extension RoomActions {
    /// What people do with their push rules.
    package var pushRules: PushRuleActions { PushRuleActions(store: store, hub: hub) }
}

extension PushAudience {
    /// Lets the rooms that a person is in follow a change of the person's settings.
    static func settingsChanged(of person: Int64, at position: Int64, _ tx: Transaction) throws {
        for row in try MembershipQueries.rooms(of: person, .join, tx) {
            let room = try tx.room(row.room)
            let isSilent = try PushBaseQueries.settle(person, row.room, room, at: position, tx)
            try update(row.room, tx) { try $0.set(person, in: room, isSilent: isSilent, tx) }
        }
    }
}
