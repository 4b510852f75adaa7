import Audit
import Matrix
import Storage

extension Accounts {
    /// Ends the session that asks, with its device.
    package func signOut(_ requester: Requester) async throws {
        guard let device = requester.device else { return }
        let now = time()
        try await store.write { [self] tx in
            _ = try DeviceQueries.delete(requester.number, device, tx)
            try removed(requester.number, [device], tx)
            end(requester.number, device, after: tx)
            try AuditLog.note(.sessionLogout, by: .requester(requester), target: device, at: now, tx)
        }
    }

    /// Ends all sessions of the person who asks, with all devices.
    package func signOutEverywhere(_ requester: Requester) async throws {
        let now = time()
        try await store.write { [self] tx in
            try endAll(requester.number, except: nil, tx)
            try AuditLog.note(.sessionLogoutAll, by: .requester(requester), at: now, tx)
        }
    }

    /// Removes devices with their tokens, and login tokens that wait to be used.
    func endAll(_ user: Int64, except kept: String?, _ tx: Transaction) throws {
        let ending = try DeviceQueries.identifiers(of: user, tx).filter { $0 != kept }
        for device in ending {
            _ = try DeviceQueries.delete(user, device, tx)
            end(user, device, after: tx)
        }
        try removed(user, ending, tx)
        try LoginTokenQueries.deleteAll(user, tx)
    }
}
