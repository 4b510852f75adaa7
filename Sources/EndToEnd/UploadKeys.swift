import Audit
import Matrix
import Storage

extension KeyServer {
    /// Publishes keys of the device that asks. A key that is there already is passed over, so that a lost answer can be asked for
    /// again.
    ///
    /// [Specification](https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3keysupload)
    /// - Returns: what the device has left.
    /// - Throws: `M_INVALID_PARAM` for keys of another device and for another key under a name that is taken, `M_TOO_LARGE`.
    package func upload(_ upload: KeyUpload, by requester: Requester, at now: Int64) async throws -> KeySupply {
        guard let device = requester.device else { throw MatrixError.unknownDevice }
        if let identity = upload.identity, identity.user != requester.user.rawValue || identity.device != device {
            throw MatrixError.invalidParam("user_id and device_id must be those of the session")
        }
        try check(upload)
        return try await store.write { tx in
            try publish(upload, of: requester.number, device, by: requester, at: now, tx)
        }
    }

    /// Refuses what is too large.
    func check(_ upload: KeyUpload) throws(MatrixError) {
        let sizes = (upload.oneTimeKeys + upload.fallbackKeys).map(\.entry.count)
        guard (upload.identity?.object.raw.count ?? 0) <= limits.keyBytes, sizes.allSatisfy({ $0 <= limits.keyBytes }) else {
            throw .tooLarge("a key has at most \(limits.keyBytes) bytes")
        }
    }

    /// Stores the keys of a device, with the audit entry and the announcements.
    func publish(
        _ upload: KeyUpload, of person: Int64, _ device: String, by requester: Requester, at now: Int64, _ tx: Transaction
    ) throws -> KeySupply {
        if let identity = upload.identity { try set(identity, of: person, device, tx) }
        let hasNew = try addOneTimeKeys(upload.oneTimeKeys, of: person, device, tx)
        let hasFallback = try setFallbackKeys(upload.fallbackKeys, of: person, device, tx)
        if upload.identity != nil || hasNew || hasFallback {
            try AuditLog.append(AuditEntry(code: .keyUpload, by: requester, target: device, time: now), tx)
        }
        guard hasNew || hasFallback else { return try KeyQueries.supply(of: person, device, tx) }
        return try supplyChanged(of: person, device, tx)
    }

    private func set(_ identity: DeviceIdentity, of person: Int64, _ device: String, _ tx: Transaction) throws {
        let before = try KeyQueries.identity(of: person, device, tx)
        if let before, before.means(identity.object) { return }
        guard try !CrossSigningQueries.isKey(device, of: person, tx) else {
            throw MatrixError.forbidden("the device ID is the name of a cross-signing key")
        }
        if let before, before["keys"].map({ !$0.means(identity.object["keys"] ?? $0) }) ?? true {
            // Another identity: what was signed by the old one, or about it, is worth nothing any more.
            try KeyQueries.removeOneTimeKeys(of: person, device, tx)
            try CrossSigningQueries.forgetKey(device, of: person, tx)
        }
        try KeyQueries.setIdentity(identity.object, of: person, device, tx)
        try keysChanged(of: person, tx)
    }

    private func addOneTimeKeys(
        _ keys: [PublishedKey], of person: Int64, _ device: String, _ tx: Transaction
    ) throws -> Bool {
        var fresh: [PublishedKey] = []
        for key in keys {
            guard let held = try KeyQueries.oneTimeKey(key, of: person, device, tx) else {
                if try !KeyQueries.wasClaimed(key, of: person, device, tx) { fresh.append(key) }
                continue
            }
            guard try JSON(parsing: held).means(JSON(parsing: key.entry)) else {
                throw MatrixError.invalidParam("another one-time key of this name was uploaded before")
            }
        }
        guard !fresh.isEmpty else { return false }
        let held = try KeyQueries.oneTimeKeyCount(of: person, device, tx)
        guard held + fresh.count <= limits.oneTimeKeys else {
            throw MatrixError.tooLarge("a device keeps at most \(limits.oneTimeKeys) one-time keys here")
        }
        let position = try tx.nextPosition()
        for key in fresh { try KeyQueries.insertOneTimeKey(key, of: person, device, at: position, tx) }
        guard try KeyQueries.supply(of: person, device, tx).counts.count <= limits.algorithms else {
            throw MatrixError.tooLarge("a device has keys of at most \(limits.algorithms) algorithms")
        }
        return true
    }

    private func setFallbackKeys(
        _ keys: [PublishedKey], of person: Int64, _ device: String, _ tx: Transaction
    ) throws -> Bool {
        var changed = false
        for key in keys {
            // The same key again stays used: whoever claimed it has it still.
            if let held = try KeyQueries.fallbackKey(key.algorithm, of: person, device, tx),
                try JSON(parsing: held.entry).means(JSON(parsing: key.entry))
            {
                continue
            }
            try KeyQueries.setFallbackKey(key, of: person, device, tx)
            changed = true
        }
        guard try !changed || KeyQueries.fallbackKeyCount(of: person, device, tx) <= limits.algorithms else {
            throw MatrixError.tooLarge("a device has keys of at most \(limits.algorithms) algorithms")
        }
        return changed
    }
}

extension MatrixError {
    /// The session belongs to no device. 400.
    static var unknownDevice: MatrixError { MatrixError(.unknownDevice, "the session has no device", status: 400) }
}
