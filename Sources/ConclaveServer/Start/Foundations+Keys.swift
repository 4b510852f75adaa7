import Audit
import Keys
import Storage

/// What commands tell about the keys and the audit log, and do to the keys.
extension Foundations {
    /// How the keys are.
    func keysReport() async throws -> AdminKeys {
        let status = try await store.keyStatus()
        let newest = status.masters.max { $0.generation < $1.generation }
        return AdminKeys(
            masterKey: newest?.identifier ?? "", generation: newest?.generation ?? 0, source: masterKeyPlace,
            dataKeys: status.groups.reduce(0) { $0 + $1.keys },
            waiting: status.rotation.map { $0.total - $0.done } ?? 0)
    }

    /// Changes the master key: prepares a new one, wraps every data key anew, puts the new one in the place of the old. Goes on
    /// where an earlier rotation was interrupted.
    func rotateKeys() async throws -> AdminKeys {
        let source = MasterKeyPlace.source(settings, environment: environment)
        let new = try source.makeReplacement()
        try await note(.keyRotateBegin, target: new.identifier)
        try await KeyRotation(store).run(to: new)
        try source.promoteReplacement()
        try await note(.keyRotateEnd, target: new.identifier)
        return try await keysReport()
    }

    /// Walks the whole audit log.
    func auditReport() async throws -> AdminAudit {
        let found = try await store.read { tx in try AuditLog.verify(tx) }
        return AdminAudit(
            isIntact: found.isIntact, entries: found.checked, firstBad: found.firstBad, fault: found.fault?.rawValue,
            exitCode: found.exitCode)
    }

    private func note(_ code: AuditCode, target: String) async throws {
        try await store.write { tx in
            try AuditLog.append(AuditEntry(code: code, by: .server, target: target, time: tx.now), tx)
        }
    }
}
