import Audit
import Matrix
import Storage

extension KeyServer {
    /// Hands out one-time keys, each of them to one claim alone; where a device has none left, its fallback key.
    /// - Returns: the body of the answer.
    /// - Throws: `M_TOO_LARGE` for too many at once.
    package func claim(_ claim: KeyClaim, by requester: Requester, at now: Int64) async throws -> [UInt8] {
        guard claim.count <= limits.recipients else { throw MatrixError.tooLarge("too many keys in one request") }
        return try await store.write { tx in
            var writer = JSONWriter(capacity: 512)
            var claimed: [String] = []
            try writer.object { answer in
                answer.failures(of: claim.wishes.map(\.user), besides: serverName)
                try answer.memberObject("one_time_keys") { users in
                    for (user, keys) in claim.wishes where user.serverName == serverName {
                        guard let person = try tx.number(of: user) else { continue }
                        let entries = try keys.compactMap { wish in
                            try take(wish, of: person, tx).map { (device: wish.device, entry: $0) }
                        }
                        guard !entries.isEmpty else { continue }
                        users.memberObject(user.rawValue) { devices in
                            for entry in entries { devices.memberRaw(entry.device, entry.entry) }
                        }
                        claimed.append(user.rawValue)
                    }
                }
            }
            if !claimed.isEmpty {
                let target = claimed.count == 1 ? claimed[0] : "\(claimed.count) people"
                try AuditLog.append(AuditEntry(code: .keyClaim, by: requester, target: target, time: now), tx)
            }
            return writer.bytes
        }
    }

    private func take(_ wish: KeyClaim.Wish, of person: Int64, _ tx: Transaction) throws -> [UInt8]? {
        if let entry = try KeyQueries.takeOneTimeKey(wish.algorithm, of: person, wish.device, tx) {
            try supplyChanged(of: person, wish.device, tx)
            return entry
        }
        guard let fallback = try KeyQueries.fallbackKey(wish.algorithm, of: person, wish.device, tx) else { return nil }
        if !fallback.isUsed {
            try KeyQueries.markFallbackUsed(wish.algorithm, of: person, wish.device, tx)
            try supplyChanged(of: person, wish.device, tx)
        }
        return fallback.entry
    }
}

extension JSONWriter {
    /// The `failures` of an answer: this server speaks to no other.
    mutating func failures(of users: [UserID], besides own: ServerName) {
        let others = Set(users.lazy.map(\.serverName).filter { $0 != own }.map(\.rawValue))
        memberObject("failures") { failures in
            for server in others.sorted() {
                failures.memberObject(server) { failure in
                    failure.member("errcode", MatrixError.Code.connectionFailed.rawValue)
                    failure.member("error", "this server is not connected to others")
                }
            }
        }
    }
}
