import Audit
import Matrix
import Storage
import Synchronization

/// Accounts, devices and sessions: the one place that decides who somebody is.
///
/// What is not in the database lives here in bounded memory: sessions seen lately, failed attempts, user-interactive
/// authentications under way, when devices were last seen.
package final class Accounts: Sendable {
    /// The name of this server.
    package let serverName: ServerName
    /// What the operator has decided.
    package let policy: IdentityPolicy

    let store: Store
    let time: @Sendable () -> Int64
    let sessions = SessionCache(capacity: 20_000)
    let passwords: PasswordHasher
    let throttle: Throttle
    let interactive: InteractiveSessions
    let lastSeen = LastSeen(capacity: 20_000)
    let registrationNonces = Nonces(capacity: 1_000, lifetime: 60_000)
    private let hooks = Mutex<[@Sendable (EndedSessions) -> Void]>([])
    private let interruptions = Mutex<[@Sendable (Int64) -> Void]>([])
    let watches = Mutex<[DeviceWatch]>([])

    /// The accounts of a store.
    /// - Parameters:
    ///   - store: where they are kept; opened with ``IdentitySchema/migrations``.
    ///   - serverName: the part of user IDs after the colon.
    ///   - policy: what the operator has decided.
    ///   - time: the clock, milliseconds since 1970.
    package init(
        store: Store, serverName: ServerName, policy: IdentityPolicy, time: @escaping @Sendable () -> Int64
    ) {
        self.store = store
        self.serverName = serverName
        self.policy = policy
        self.time = time
        passwords = PasswordHasher(
            pepper: store.purposeKey("password pepper"), atOnce: policy.hashesAtOnce, waiting: policy.hashesWaiting)
        throttle = Throttle(isOn: policy.throttlesSignIn)
        interactive = InteractiveSessions(lifetime: policy.interactiveLifetime)
    }

    /// Calls `hook` after sessions have ended (sign-out, deleted devices, changed password, deactivation, lock).
    package func onSessionsEnded(_ hook: @escaping @Sendable (EndedSessions) -> Void) {
        hooks.withLock { $0.append(hook) }
    }

    /// Calls `hook` with a person's number after what he may do has changed while his sessions go on, so that whoever waits on
    /// his behalf asks anew and learns of it.
    package func onInterrupted(_ hook: @escaping @Sendable (Int64) -> Void) {
        interruptions.withLock { $0.append(hook) }
    }

    /// To be called in every transaction that changes what a person's sessions may do.
    func interrupt(_ user: Int64, after tx: Transaction) {
        tx.afterCommit { [self] in
            sessions.forget(user)
            for hook in interruptions.withLock({ $0 }) { hook(user) }
        }
    }

    /// To be called in every transaction that ends sessions.
    func end(_ user: Int64, _ device: String?, after tx: Transaction) {
        tx.afterCommit { [self] in
            sessions.forget(user)
            let ended = EndedSessions(user: user, device: device)
            for hook in hooks.withLock({ $0 }) { hook(ended) }
        }
    }

    /// What has to be done now and then: writes when devices were last seen, forgets tokens that have run out.
    /// To be called about once a minute, and once before the store is closed.
    package func tidy() async throws {
        let now = time()
        interactive.removeExpired(at: now)
        let seen = lastSeen.take()
        try await store.write { tx in
            for entry in seen { try DeviceQueries.saw(entry, tx) }
            try TokenQueries.removeExpired(at: now, tx)
        }
    }
}
