import Audit
import Matrix
import Storage

extension Accounts {
    /// All devices of the person who asks, the oldest first.
    package func devices(of requester: Requester) async throws -> [Device] {
        let stored = try await store.read { tx in try DeviceQueries.devices(of: requester.number, tx) }
        let pending = lastSeen.pending(of: requester.number)
        return stored.map { $0.seen(pending[$0.id]) }
    }

    /// One device of the person who asks.
    /// - Throws: `M_NOT_FOUND`.
    package func device(_ id: String, of requester: Requester) async throws -> Device {
        let stored = try await store.read { tx in try DeviceQueries.device(requester.number, id, tx) }
        guard let stored else { throw IdentityError.unknownDevice }
        return stored.seen(lastSeen.pending(of: requester.number)[id])
    }

    /// Gives a device another name; nil only checks that the device is there.
    /// - Throws: `M_NOT_FOUND`.
    package func renameDevice(_ id: String, to name: String?, by requester: Requester) async throws {
        if let name { try DeviceChoice.checkName(name) }
        let now = time()
        try await store.write { [self] tx in
            guard try DeviceQueries.exists(requester.number, id, tx) else { throw IdentityError.unknownDevice }
            guard let name else { return }
            _ = try DeviceQueries.rename(requester.number, id, name, tx)
            try renamed(requester.number, id, tx)
            try AuditLog.note(.deviceUpdate, by: .requester(requester), target: id, at: now, tx)
        }
    }

    /// Removes devices of the person who asks; those that are gone already are passed over.
    package func deleteDevices(_ ids: [String], _ authorisation: Authorisation, by requester: Requester) async throws {
        let now = time()
        try await store.write { [self] tx in
            for id in ids where try DeviceQueries.delete(requester.number, id, tx) {
                try removed(requester.number, [id], tx)
                end(requester.number, id, after: tx)
                try AuditLog.note(.deviceDelete, by: .requester(requester), target: id, at: now, tx)
            }
        }
    }
}

extension Device {
    /// The device with a sighting that has not been written yet.
    func seen(_ sighting: LastSeen.Sighting?) -> Device {
        guard let sighting else { return self }
        return Device(
            id: id, displayName: displayName, lastSeenAt: sighting.at, lastSeenAddress: sighting.address,
            lastSeenAgent: sighting.agent)
    }
}
