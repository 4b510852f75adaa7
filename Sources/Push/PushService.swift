import Audit
import Foundation
import Logging
import Mail
import Matrix
import NIOSSL
import Rooms
import ServiceLifecycle
import Storage
import Synchronization

/// Tells pushers of what happens: one task for each person who has any, asleep until something happens to that person.
package final class PushService: Service, Sendable {
    let store: Store
    let hub: StreamHub
    let reading: PushReading
    let policy: PushPolicy
    let gateway: GatewayClient
    let mailer: Mailer?
    let logger: Logger
    /// The clock, in milliseconds since 1970.
    let now: @Sendable () -> Int64
    /// Where a mail leads its reader.
    let address: @Sendable () -> String
    let turnstile = Turnstile(64)

    /// The people whose pushers are followed, and how often each person's were changed since.
    private let followed = Mutex<[Int64: Int]>([:])
    private let arrivals: AsyncStream<Int64>
    private let arrive: AsyncStream<Int64>.Continuation

    /// - Parameters:
    ///   - authorities: certificates of authorities to trust besides the system's.
    ///   - address: where a mail leads its reader.
    package init(
        store: Store, hub: StreamHub, cache: EventCache, counts: UnreadCounts, policy: PushPolicy, mailer: Mailer?,
        authorities: [NIOSSLCertificate], logger: Logger, now: @escaping @Sendable () -> Int64,
        address: @escaping @Sendable () -> String
    ) {
        self.store = store
        self.hub = hub
        self.policy = policy
        self.mailer = mailer
        self.logger = logger
        self.now = now
        self.address = address
        reading = PushReading(store: store, cache: cache, counts: counts, policy: policy)
        gateway = GatewayClient(rules: policy.addresses, authorities: authorities)
        (arrivals, arrive) = AsyncStream.makeStream()
    }

    /// What people do with their pushers.
    package var pushers: Pushers {
        Pushers(store: store, policy: policy) { [self] person in follow(person) }
    }

    /// Tells until the server stops.
    package func run() async throws {
        for person in try await store.read({ tx in try PusherQueries.people(tx) }) { follow(person) }
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                for await person in self.arrivals {
                    group.addTask {
                        var follower = PushFollower(person, self)
                        if await !follower.run() { self.unfollow(person) }
                    }
                }
                group.cancelAll()
            }
        }
        await gateway.close()
    }

    /// Begins to follow a person, unless that is done already.
    private func follow(_ person: Int64) {
        let isNew = followed.withLock { followed in
            defer { followed[person, default: -1] += 1 }
            return followed[person] == nil
        }
        if isNew { arrive.yield(person) }
    }

    /// Whether the operator lets pushers of a kind be told.
    func canTell(_ kind: Pusher.Kind) -> Bool {
        if case .email = kind { mailer != nil } else { true }
    }

    /// How often a person's pushers were changed since they are followed.
    func changes(of person: Int64) -> Int { followed.withLock { $0[person] ?? 0 } }

    /// Ends following a person who has no pushers, unless they were changed after `changes`.
    func unfollow(_ person: Int64, unlessChangedSince changes: Int) -> Bool {
        followed.withLock { followed in
            guard followed[person] == changes else { return false }
            followed[person] = nil
            return true
        }
    }

    /// A person is not followed any more for whatever other reason; the next change of the pushers begins anew.
    private func unfollow(_ person: Int64) { followed.withLock { $0[person] = nil } }

    /// Removes a pusher that its gateway does not want any more.
    func reject(_ stored: StoredPusher, of user: UserID) async throws {
        let time = now()
        try await store.write { tx in
            guard try PusherQueries.delete(stored.tag, of: stored.person, tx) else { return }
            try AuditLog.append(
                AuditEntry(
                    code: .dataPusherSet, by: .server, target: user.rawValue, reason: "rejected by its gateway", time: time), tx)
        }
    }
}
