import Matrix
import Storage

/// A file that may be downloaded.
package struct StoredMedia: Sendable {
    /// The address.
    package let id: MediaID
    /// The content type.
    package let type: MediaType
    /// The name that the uploader gave.
    package let fileName: String?
    /// The content.
    package let reader: ObjectReader

    let number: Int64
    let owner: Int64?
}

extension MediaRepository {
    /// What lies at an address. For content that is still to come it waits.
    /// - Parameters:
    ///   - server: the first part of the address; other servers' media is not here, because federation is off.
    ///   - wait: how long at most; the policy bounds it.
    /// - Throws: `M_NOT_FOUND`, also for what is quarantined; `M_NOT_YET_UPLOADED`.
    ///
    /// [Specification](https://spec.matrix.org/v1.16/client-server-api/#get_matrixclientv1mediadownloadservernamemediaid)
    package func content(of id: MediaID?, on server: String, waiting wait: Duration, at now: Int64) async throws -> StoredMedia {
        guard let id, server == serverName.rawValue else { throw MediaError.notFound }
        guard let row = try await store.read({ tx in try MediaQueries.row(id, tx) }) else { throw MediaError.notFound }
        if row.state != .pending { return try await stored(id) }
        guard row.isWaiting(at: now) else { throw MediaError.notFound }
        let found = try await arrivals.wait(for: row.number, atMost: min(wait, policy.maximumWait)) {
            do { return try await stored(id) } catch MediaError.notYetUploaded { return nil }
        }
        guard let found else { throw MediaError.notYetUploaded }
        return found
    }

    private func stored(_ id: MediaID) async throws -> StoredMedia {
        let (details, row) = try await store.read { tx in
            guard let row = try MediaQueries.row(id, tx) else { throw MediaError.notFound }
            switch row.state {
            case .pending: throw MediaError.notYetUploaded
            case .quarantined: throw MediaError.notFound
            case .present: break
            }
            guard let sealed = row.sealed else { throw MediaError.notFound }
            return (try MediaDetails.open(sealed, id: id, owner: row.owner, tx), row)
        }
        return StoredMedia(
            id: id, type: details.type, fileName: details.fileName, reader: try await objects.reader(of: details.object),
            number: row.number, owner: row.owner)
    }
}
