import Addresses
import Audit
import Mail
import Matrix
import Rooms
import Storage

/// What people do with their pushers.
/// [Specification](https://spec.matrix.org/v1.19/client-server-api/#push-notifications)
package struct Pushers: Sendable {
    let store: Store
    let policy: PushPolicy
    /// Told whose pushers changed.
    let changed: @Sendable (Int64) -> Void

    private static let most = 100

    /// The pushers over a store.
    /// - Parameter changed: told whose pushers changed, after the commit.
    package init(store: Store, policy: PushPolicy, changed: @escaping @Sendable (Int64) -> Void) {
        self.store = store
        self.policy = policy
        self.changed = changed
    }

    /// A person's pushers, each as the bytes of its object.
    package func all(of person: Int64) async throws -> [[UInt8]] {
        try await store.read { tx in try PusherQueries.pushers(of: person, tx).map(\.pusher.json) }
    }

    /// Sets a pusher of the device that asks; it goes when the device goes. It is told of what happens from now on.
    /// - Parameter keepsOthers: whether other people may have one for the same app and key.
    /// - Throws: `M_INVALID_PARAM` for an address that the server must not connect to, `M_THREEPID_DENIED` for an e-mail address
    ///   that no mail is sent to, `M_FORBIDDEN` for too many pushers.
    package func set(
        _ pusher: Pusher, _ name: PusherName, keepingOthers keepsOthers: Bool, by requester: Requester, at now: Int64
    ) async throws {
        try policy.check(pusher)
        guard let device = requester.device else { throw MatrixError.forbidden("a pusher needs a device") }
        try await store.write { tx in
            let tag = PusherQueries.tag(name, tx)
            if !keepsOthers { try PusherQueries.deleteOthers(tag, than: requester.number, tx) }
            try PusherQueries.put(pusher, of: requester.number, device, tag: tag, at: now, position: tx.position(), tx)
            guard try PusherQueries.count(of: requester.number, tx) <= Self.most else {
                throw MatrixError.forbidden("a person has at most \(Self.most) pushers")
            }
            try record("set", by: requester, at: now, tx)
        }
    }

    /// Removes a pusher; nothing happens if there is none.
    package func remove(_ name: PusherName, by requester: Requester, at now: Int64) async throws {
        try await store.write { tx in
            _ = try PusherQueries.delete(PusherQueries.tag(name, tx), of: requester.number, tx)
            try record("remove", by: requester, at: now, tx)
        }
    }

    private func record(_ act: String, by requester: Requester, at now: Int64, _ tx: Transaction) throws {
        try AuditLog.append(AuditEntry(code: .dataPusherSet, by: requester, target: act, time: now), tx)
        let (changed, person) = (changed, requester.number)
        tx.afterCommit { changed(person) }
    }
}

/// What the operator allows pushers to do.
package struct PushPolicy: Sendable {
    /// Whether events themselves are sent to gateways that are asked to show them; otherwise only their IDs are.
    package var includesContent = false
    /// Where the server may connect to.
    package var addresses = AddressRules(allowed: [])
    /// The domains to which mail may be sent; without any there are no pushers of mail.
    package var mailDomains: Set<String> = []
    /// Whether mail says who wrote and where; otherwise only how much is unread.
    package var mailNames = false
    /// How long unread messages are collected before a mail is sent, in milliseconds.
    package var mailDelay: Int64 = 600_000

    /// The most careful policy.
    package init() {}

    /// - Throws: `M_INVALID_PARAM`, `M_THREEPID_DENIED`.
    func check(_ pusher: Pusher) throws(MatrixError) {
        switch pusher.kind {
        case .http(let url):
            // Names are looked at when they are resolved, each time.
            guard NetworkAddress(url.host).map(addresses.permit) ?? true else {
                throw .invalidParam("data.url leads to an address that this server does not connect to")
            }
        case .email(let address):
            guard mailDomains.contains(address.domain) else {
                throw .threepidDenied("this server sends no mail to this address")
            }
        }
    }
}
