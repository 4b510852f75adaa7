import Storage
import Synchronization

/// Looks after rooms without anybody asking: goes on with purges, deletes what was kept too long, forgets old transaction IDs.
/// Each call does a bounded portion.
package final class RoomCustody: Sendable {
    /// Rooms looked at in one call.
    private static let roomsAtOnce = 2_000
    /// Portions of work in one call; one is a transaction of some hundred events.
    private static let portionsAtOnce = 40
    /// How long a device may repeat a request and still get the event of the first time, in milliseconds.
    private static let transactionLifetime: Int64 = 2 * 86_400_000

    private let rooms: RoomActions
    private let policy: RetentionPolicy
    /// The room that was looked at last.
    private let cursor = Mutex<Int64>(0)

    /// The custody of the rooms of one server.
    package init(_ rooms: RoomActions, _ policy: RetentionPolicy) {
        self.rooms = rooms
        self.policy = policy
    }

    /// Does the next portion. To be called about once a minute.
    package func tidy(at now: Int64) async throws {
        try await forgetTransactions(at: now)
        for _ in 0..<Self.portionsAtOnce { guard try await rooms.continuePurges(at: now) else { break } }
        try await expire(at: now)
        try await rooms.store.emptyLogIfOwed()
    }

    private func expire(at now: Int64) async throws {
        let start = cursor.withLock { $0 }
        let page = try await rooms.store.read { [policy] tx in
            try RetentionQueries.rooms(after: start, policy, limit: Self.roomsAtOnce, tx)
        }
        var portions = Self.portionsAtOnce
        for room in page {
            while portions > 0, try await rooms.expire(room, policy, at: now) { portions -= 1 }
            guard portions > 0 else { return }
            cursor.withLock { $0 = room }
        }
        if page.count < Self.roomsAtOnce { cursor.withLock { $0 = 0 } }
    }

    private func forgetTransactions(at now: Int64) async throws {
        try await rooms.store.write { tx in
            _ = try tx.run("DELETE FROM event_transactions WHERE created_at < ?", .int(now - Self.transactionLifetime))
        }
    }
}
