import Crypto
import Matrix

/// What the writer's thread remembers between transactions, and what the running ones have touched.
final class WriterState {
    /// The key that seals for a scope, with the uses that were reserved in the table.
    final class SealingKey {
        let key: SymmetricKey
        let generation: Int64
        var remaining: Int64

        init(key: SymmetricKey, generation: Int64, remaining: Int64) {
            self.key = key
            self.generation = generation
            self.remaining = remaining
        }
    }

    /// What happens with a commit, and what must be forgotten without one.
    struct Effects {
        var cacheKeys: [CacheKey] = []
        var sealingScopes: [KeyScope] = []
        var openedKeys: [(SymmetricKey, KeyScope, Int64)] = []
        var people: [(UserID, Int64)] = []
        var rooms: [(RoomID, Int64)] = []
        var destroyed: Set<KeyScope> = []
        var truncatesLog = false
        var afterCommit: [@Sendable () -> Void] = []
        var beforeCommit: [CacheKey: (Transaction) throws -> Void] = [:]

        mutating func merge(_ other: Effects) {
            if !other.cacheKeys.isEmpty { cacheKeys += other.cacheKeys }
            if !other.sealingScopes.isEmpty { sealingScopes += other.sealingScopes }
            if !other.openedKeys.isEmpty { openedKeys += other.openedKeys }
            if !other.people.isEmpty { people += other.people }
            if !other.rooms.isEmpty { rooms += other.rooms }
            if !other.destroyed.isEmpty { destroyed.formUnion(other.destroyed) }
            if other.truncatesLog { truncatesLog = true }
            if !other.afterCommit.isEmpty { afterCommit += other.afterCommit }
            if !other.beforeCommit.isEmpty { beforeCommit.merge(other.beforeCommit) { $1 } }
        }
    }

    var cache: LeastRecent<CacheKey, any Sendable>
    var sealingKeys = LeastRecent<KeyScope, SealingKey>(capacity: 20_000)
    /// The last position given out; gaps are allowed, repetition is not.
    var position: Int64
    /// The position in the table; less than `position` while a group is under way.
    var storedPosition: Int64
    /// Of the savepoint that is running.
    var running = Effects()
    /// Of the savepoints in this group that were released.
    var group = Effects()
    /// A key was destroyed and its old page may still be in the write-ahead log.
    var mustTruncateLog = false

    init(position: Int64, cacheCapacity: Int) {
        self.position = position
        storedPosition = position
        cache = LeastRecent(capacity: cacheCapacity)
    }

    /// The running savepoint was released: its effects are now the group's.
    func released() {
        group.merge(running)
        running = Effects()
    }

    /// The running savepoint was rolled back: what it put into memory may not be true.
    func rolledBack() {
        for key in running.cacheKeys { cache.remove(key) }
        for scope in running.sealingScopes { sealingKeys.remove(scope) }
        running = Effects()
    }

    /// The group is durable: publish what it learned. The blocks to run now are given back in order.
    func committed(_ memory: StoreMemory) -> [@Sendable () -> Void] {
        for (name, number) in group.people { memory.people.keep(name, number) }
        for (name, number) in group.rooms { memory.rooms.keep(name, number) }
        for (key, scope, generation) in group.openedKeys { memory.keyRing.keep(key, scope, generation) }
        for scope in group.destroyed { memory.keyRing.destroy(scope) }
        if group.truncatesLog { mustTruncateLog = true }
        storedPosition = position
        let blocks = group.afterCommit
        group = Effects()
        return blocks
    }

    /// The group failed as a whole: nothing in memory can be relied on.
    func lost() {
        cache.removeAll()
        sealingKeys.removeAll()
        running = Effects()
        group = Effects()
    }
}
