import Audit
import Matrix
import NIOCore
import Storage

/// What the uploader says about a file.
package struct MediaDescription: Sendable {
    /// The content type.
    package let type: MediaType
    /// The name of the file, without control characters.
    package let fileName: String?

    /// A description of what a client sent.
    package init(type: String?, fileName: String?) {
        self.type = MediaType(type)
        self.fileName = ContentDisposition.cleaned(fileName)
    }
}

/// Takes a file piece by piece.
package struct MediaSink: Sendable {
    /// The most that may come, in bytes.
    package let limit: Int64
    let writer: ObjectWriter

    /// Takes the next piece, and returns when there is room for another.
    package func take(_ piece: ByteBuffer) async throws { try await writer.append(piece.readableBytesView) }
}

extension MediaRepository {
    /// Reserves an address whose content comes later.
    /// - Returns: the address, and until when the content must be there.
    /// - Throws: `M_LIMIT_EXCEEDED` when the person has reserved too many.
    ///
    /// [Specification](https://spec.matrix.org/v1.16/client-server-api/#post_matrixmediav1create)
    package func reserve(by requester: Requester, at now: Int64) async throws -> (id: MediaID, until: Int64) {
        let id = MediaID.random()
        let end = now + policy.pendingLifetime
        try await store.write { tx in
            let (count, firstEnd) = try MediaQueries.pending(of: requester.number, at: now, tx)
            guard count < policy.maximumPending else {
                throw MediaError.tooManyPending(retryAfter: max(1, firstEnd - now))
            }
            try MediaQueries.reserve(id, for: requester.number, at: now, until: end, tx)
            try AuditLog.append(
                AuditEntry(code: .mediaReserve, by: requester, target: id.uri(on: serverName), time: now), tx)
        }
        return (id, end)
    }

    /// Takes a file under a new address.
    /// - Parameter receive: hands the pieces to the sink; nothing is kept when it throws.
    /// - Throws: `M_TOO_LARGE`, `M_FORBIDDEN` at the quota, `M_LIMIT_EXCEEDED`.
    ///
    /// [Specification](https://spec.matrix.org/v1.16/client-server-api/#post_matrixmediav3upload)
    package func upload(
        _ description: MediaDescription, by requester: Requester, at now: Int64, receive: (MediaSink) async throws -> Void
    ) async throws -> MediaID {
        let id = MediaID.random()
        try await take(id, description, requester, now, receive) { details, state, tx in
            try MediaQueries.add(details, state: state, owner: requester.number, at: now, tx)
        }
        return id
    }

    /// Takes the file of an address that the person reserved.
    /// - Throws: as the other, and `M_NOT_FOUND`, `M_FORBIDDEN` for somebody else's address, `M_CANNOT_OVERWRITE_MEDIA`.
    ///
    /// [Specification](https://spec.matrix.org/v1.16/client-server-api/#put_matrixmediav3uploadservernamemediaid)
    package func upload(
        _ description: MediaDescription, to id: MediaID, by requester: Requester, at now: Int64,
        receive: (MediaSink) async throws -> Void
    ) async throws {
        // Asked before the content comes, so that nobody sends for nothing, and again when it is there.
        let number = try await store.read { tx in try reserved(id, requester, now, tx) }
        try await take(id, description, requester, now, receive) { details, state, tx in
            guard try MediaQueries.fill(number, details, state: state, owner: requester.number, at: now, tx) else {
                // Filled by another request meanwhile, or gone.
                throw try MediaQueries.row(id, tx) == nil ? MediaError.notFound : MediaError.alreadyUploaded
            }
            tx.afterCommit { arrivals.arrived(number) }
        }
    }

    private func reserved(_ id: MediaID, _ requester: Requester, _ now: Int64, _ tx: Transaction) throws -> Int64 {
        guard let row = try MediaQueries.row(id, tx) else { throw MediaError.notFound }
        guard row.owner == requester.number else { throw MediaError.notReservedByYou }
        guard row.state == .pending else { throw MediaError.alreadyUploaded }
        guard row.isWaiting(at: now) else { throw MediaError.notFound }
        return row.number
    }

    private func take(
        _ id: MediaID, _ description: MediaDescription, _ requester: Requester, _ now: Int64,
        _ receive: (MediaSink) async throws -> Void,
        _ record: @escaping @Sendable (MediaDetails, MediaRow.State, Transaction) throws -> Void
    ) async throws {
        try await admission.admit(requester.number) {
            let kept = try await store.read { tx in try MediaQueries.bytes(of: requester.number, tx) }
            let room = policy.quota.map { max(0, $0 - kept) } ?? .max
            guard room > 0 else { throw MediaError.quotaReached }
            let writer = try objects.create()
            try await fill(writer, room: room, receive)
            let object = try await writer.finish()
            let details = MediaDetails(id: id, type: description.type, fileName: description.fileName, object: object)
            let finding = try await examine(object, in: writer)
            try await writer.settle()
            do {
                try await store.write { tx in
                    if let quota = policy.quota {
                        guard try MediaQueries.bytes(of: requester.number, tx) + object.length <= quota else {
                            throw MediaError.quotaReached
                        }
                    }
                    try record(details, finding == nil ? .present : .quarantined, tx)
                    try AuditLog.append(
                        AuditEntry(
                            code: finding == nil ? .mediaUpload : .mediaHarmful, by: requester, target: id.uri(on: serverName),
                            outcome: finding == nil ? .success : .denied, reason: finding, time: now), tx)
                }
            } catch {
                discard([object.name])
                throw error
            }
            // Kept as evidence, given to nobody, and its uploader is told.
            if finding != nil { throw MediaError.harmful }
        }
    }

    /// What harm was found in a finished file, by the scanner's name for it; nil for none, or where nothing is examined.
    func examine(_ object: StoredObject, in writer: ObjectWriter) async throws -> String? {
        guard let scanner else { return nil }
        do {
            switch try await scanner.scan(writer.reader(of: object)) {
            case .clean: return nil
            case .found(let name): return name
            }
        } catch MediaError.scannerUnavailable where !scanner.isRequired {
            return nil
        }
    }

    /// Takes at most what the person has room for; whoever sends more than that, but not too much as such, hears of the quota.
    private func fill(_ writer: ObjectWriter, room: Int64, _ receive: (MediaSink) async throws -> Void) async throws {
        let sink = MediaSink(limit: min(policy.maximumUpload, room), writer: writer)
        do { try await receive(sink) } catch let error as MatrixError where error.code == .tooLarge {
            throw room < policy.maximumUpload ? MediaError.quotaReached : MediaError.tooLarge(policy.maximumUpload)
        }
    }
}
