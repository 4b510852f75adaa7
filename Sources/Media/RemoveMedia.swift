import Audit
import Matrix
import Storage

extension MediaRepository {
    /// Keeps everybody from a file without destroying it: for what is suspected, or evidence.
    /// - Throws: `M_NOT_FOUND`.
    package func quarantine(_ id: MediaID, by requester: Requester, at now: Int64) async throws {
        try await move(id, from: .present, to: .quarantined, code: .mediaQuarantine, requester, now)
    }

    /// Gives a quarantined file back.
    /// - Throws: `M_NOT_FOUND`.
    package func release(_ id: MediaID, by requester: Requester, at now: Int64) async throws {
        try await move(id, from: .quarantined, to: .present, code: .mediaRelease, requester, now)
    }

    /// Destroys a file: its key with the row, then the file itself and its thumbnails.
    /// - Throws: `M_NOT_FOUND`.
    package func delete(_ id: MediaID, by requester: Requester, at now: Int64) async throws {
        try await store.write { tx in
            guard let row = try MediaQueries.row(id, tx) else { throw MediaError.notFound }
            try destroy([row.number], tx)
            try AuditLog.append(
                AuditEntry(code: .mediaDelete, by: requester, target: id.uri(on: serverName), time: now), tx)
        }
    }

    /// Removes what has been kept long enough, and reserved addresses that nobody used. From time to time.
    package func expire(at now: Int64) async throws {
        while try await expireSome(at: now) {}
    }

    private static let batch = 200

    /// Whether there may be more.
    private func expireSome(at now: Int64) async throws -> Bool {
        // Most of the time there is nothing, and then nothing is written.
        let isNeeded = try await store.read { tx in
            try !MediaQueries.expired(at: now, limit: 1, tx).isEmpty || !outdated(at: now, limit: 1, tx).isEmpty
                || PreviewQueries.hasExpired(at: now, tx)
        }
        guard isNeeded else { return false }
        return try await store.write { tx in
            try PreviewQueries.forget(before: now, tx)
            let unused = try MediaQueries.expired(at: now, limit: Self.batch, tx)
            for number in unused { try MediaQueries.delete(number, tx) }
            let outdated = try outdated(at: now, limit: Self.batch, tx)
            if !outdated.isEmpty {
                try destroy(outdated, tx)
                try AuditLog.append(
                    AuditEntry(code: .mediaExpire, by: .server, target: "\(outdated.count) files", time: now), tx)
            }
            return unused.count == Self.batch || outdated.count >= Self.batch
        }
    }

    /// Content that has been kept long enough.
    private func outdated(at now: Int64, limit: Int, _ tx: Transaction) throws -> [Int64] {
        let old = try policy.retention.map { try MediaQueries.older(than: now - $0, limit: limit, tx) } ?? []
        return try old.isEmpty ? MediaQueries.fetched(before: now - policy.previewRetention, limit: limit, tx) : old
    }

    private func destroy(_ numbers: [Int64], _ tx: Transaction) throws {
        var files: [String] = []
        for number in numbers {
            files += try MediaQueries.files(of: number, tx)
            try MediaQueries.delete(number, tx)
        }
        // The rows held the keys; overwritten pages must not linger in the log.
        try tx.emptyLogAfterCommit()
        tx.afterCommit { [files] in discard(files) }
    }

    private func move(
        _ id: MediaID, from before: MediaRow.State, to after: MediaRow.State, code: AuditCode, _ requester: Requester,
        _ now: Int64
    ) async throws {
        try await store.write { tx in
            guard let row = try MediaQueries.row(id, tx), row.state == before else { throw MediaError.notFound }
            try MediaQueries.setState(row.number, after, tx)
            try AuditLog.append(AuditEntry(code: code, by: requester, target: id.uri(on: serverName), time: now), tx)
        }
    }
}
