import Audit
import Storage

extension AuditLog {
    /// Appends an entry about an account.
    static func note(
        _ code: AuditCode, by actor: AuditEntry.Actor, target: String? = nil, outcome: AuditEntry.Outcome = .success,
        reason: String? = nil, at now: Int64, _ tx: Transaction
    ) throws {
        try append(
            AuditEntry(code: code, actor: actor, target: target, outcome: outcome, reason: reason, time: now), tx)
    }
}
