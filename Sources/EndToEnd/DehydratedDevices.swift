import Audit
import Matrix
import Storage

/// A device that somebody leaves behind, sealed by himself, to receive keys while he is signed out everywhere.
///
/// [MSC3814](https://github.com/matrix-org/matrix-spec-proposals/pull/3814)
package struct DehydratedUpload: Sendable {
    let device: DehydratedDevice
    let keys: KeyUpload

    /// Reads the body of the request, whose keys were read before.
    /// - Throws: `M_MISSING_PARAM`, `M_BAD_JSON`, `M_INVALID_PARAM` for an impossible ID or keys of another device, `M_TOO_LARGE`.
    package init(parsing body: JSON, keys: KeyUpload, of user: UserID) throws(MatrixError) {
        let id = try body.text("device_id")
        guard (1...255).contains(id.utf8.count), id.utf8.allSatisfy({ (0x20...0x7E).contains($0) }), id != "*" else {
            throw .invalidParam("a device ID has 1 to 255 printable ASCII characters")
        }
        guard let data = body["device_data"] else { throw .missingParam("device_data is missing") }
        guard data.kind == .object, data["algorithm"]?.kind == .string else {
            throw .badJSON("device_data must be an object with an algorithm")
        }
        guard data.raw.count <= 262_144 else { throw .tooLarge("device_data has at most 262144 bytes") }
        guard let identity = keys.identity else { throw .missingParam("device_keys is missing") }
        guard identity.user == user.rawValue, identity.device == id else {
            throw .invalidParam("device_keys must be those of the device")
        }
        var name: String?
        if let given = body["initial_device_display_name"], !given.isNull {
            guard let text = given.string else { throw .badJSON("initial_device_display_name must be a string") }
            guard text.utf8.count <= 1_024 else { throw .invalidParam("the name of a device is too long") }
            name = text
        }
        device = DehydratedDevice(id: id, data: Array(data.raw), displayName: name)
        self.keys = keys
    }
}

extension KeyServer {
    /// Leaves a dehydrated device in the place of the one before, whose messages are gone.
    /// - Returns: its ID.
    /// - Throws: `M_INVALID_PARAM` for the ID of a device with a session, `M_TOO_LARGE`.
    @discardableResult
    package func dehydrate(_ upload: DehydratedUpload, by requester: Requester, at now: Int64) async throws -> String {
        try check(upload.keys)
        let person = requester.number
        try await store.write { tx in
            guard try !devices.identifiers(person, tx).contains(upload.device.id) else {
                throw MatrixError.invalidParam("this is the ID of a device that is signed in")
            }
            try checkNewDevice(upload.device.id, of: person, tx)
            if let before = try DehydratedQueries.device(of: person, tx), try remove(before.id, of: person, tx) {
                try keysChanged(of: person, tx)
            }
            try DehydratedQueries.set(upload.device, of: person, tx)
            _ = try publish(upload.keys, of: person, upload.device.id, by: requester, at: now, tx)
            try AuditLog.append(
                AuditEntry(code: .deviceCreate, by: requester, target: upload.device.id, reason: "dehydrated", time: now), tx)
        }
        return upload.device.id
    }

    /// One's own dehydrated device.
    /// - Returns: the body of the answer.
    /// - Throws: `M_NOT_FOUND`.
    package func dehydratedDevice(of requester: Requester) async throws -> [UInt8] {
        let found = try await store.read { tx in try DehydratedQueries.device(of: requester.number, tx) }
        guard let found else { throw Self.noDehydratedDevice }
        var writer = JSONWriter(capacity: found.data.count + 128)
        writer.object { answer in
            answer.member("device_id", found.id)
            answer.memberRaw("device_data", found.data)
        }
        return writer.bytes
    }

    /// Removes one's own dehydrated device.
    /// - Returns: its ID.
    /// - Throws: `M_NOT_FOUND`.
    package func removeDehydratedDevice(by requester: Requester, at now: Int64) async throws -> String {
        try await store.write { tx in
            guard let found = try DehydratedQueries.device(of: requester.number, tx) else { throw Self.noDehydratedDevice }
            try DehydratedQueries.remove(of: requester.number, tx)
            try remove([found.id], of: requester.number, tx)
            try AuditLog.append(
                AuditEntry(code: .deviceDelete, by: requester, target: found.id, reason: "dehydrated", time: now), tx)
            return found.id
        }
    }

    /// What was sent to one's own dehydrated device, a page at a time. It stays until the device is removed, since whoever brings
    /// the device back to life may be interrupted.
    /// - Parameter batch: where the page before ended.
    /// - Returns: the body of the answer.
    /// - Throws: `M_NOT_FOUND`, `M_INVALID_PARAM` for a batch that is none.
    package func dehydratedMessages(
        to device: String, after batch: String?, of requester: Requester
    ) async throws -> [UInt8] {
        var after: Int64 = 0
        if let batch, !batch.isEmpty {
            guard let position = Int64(batch), position >= 0 else { throw MatrixError.invalidParam("not a batch of this server") }
            after = position
        }
        let start = after
        return try await store.read { tx in
            guard try DehydratedQueries.device(of: requester.number, tx)?.id == device else { throw Self.noDehydratedDevice }
            let found = try DeviceMessageQueries.messages(
                for: requester.number, device, after: start, upTo: .max, limit: 100, tx)
            var writer = JSONWriter(capacity: 1_024)
            writer.object { answer in
                answer.memberArray("events") { list in found.forEach { list.raw($0.event) } }
                answer.member("next_batch", String(found.last?.position ?? start))
            }
            return writer.bytes
        }
    }

    private static let noDehydratedDevice = MatrixError.notFound("you have no such dehydrated device")
}
