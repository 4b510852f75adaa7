import Synchronization

/// Events that were opened lately, by position, so that a hot event is decrypted once; bounded by bytes.
///
/// Filled by readers and, after the commit, by writers. It never answers for the database: ``Timeline`` asks there which
/// positions there are and whether they were redacted since.
package final class EventCache: Sendable {
    /// The bound that is taken if nothing else is said.
    package static let defaultBytes = 16 * 1024 * 1024
    private static let shardCount = 16

    private let shards: [Shard]

    /// A cache that holds about `bytes` bytes.
    package init(bytes: Int = EventCache.defaultBytes) {
        shards = (0..<Self.shardCount).map { _ in Shard(bytes: bytes / Self.shardCount) }
    }

    /// The event at a position, if it is at hand.
    ///
    /// `redactedBy` is what the database says: an entry from before the redaction does not count. An entry from after it does,
    /// even if the reader's snapshot is older; what was taken back stays so.
    package func event(at position: Int64, redactedBy: Int64?) -> StoredEvent? {
        guard let event = shard(position).event(at: position) else { return nil }
        return event.redactedBy != nil || redactedBy == nil ? event : nil
    }

    /// Keeps an event, unless a redacted form of it is kept already.
    package func keep(_ event: StoredEvent) {
        shard(event.position).keep(event)
    }

    /// Forgets an event: what the writer of a redaction calls after its commit.
    package func forget(_ position: Int64) {
        shard(position).forget(position)
    }

    /// Forgets all events of a room that was purged.
    package func forget(room: Int64) {
        for shard in shards { shard.forget(room: room) }
    }

    /// About how many bytes are held.
    package var bytes: Int { shards.reduce(0) { $0 + $1.bytes } }

    private func shard(_ position: Int64) -> Shard {
        shards[Int(UInt64(bitPattern: position) % UInt64(Self.shardCount))]
    }
}

/// Two generations: when the young one is full it becomes the old one, and what was old and unused is dropped.
private final class Shard: Sendable {
    private struct Generations {
        var young: [Int64: StoredEvent] = [:]
        var youngBytes = 0
        var old: [Int64: StoredEvent] = [:]
        var oldBytes = 0
    }

    private let limit: Int
    private let generations = Mutex(Generations())

    init(bytes: Int) { limit = max(1, bytes / 2) }

    var bytes: Int { generations.withLock { $0.youngBytes + $0.oldBytes } }

    func event(at position: Int64) -> StoredEvent? {
        generations.withLock { held in
            if let event = held.young[position] { return event }
            guard let event = held.old.removeValue(forKey: position) else { return nil }
            held.oldBytes -= event.weight
            insert(event, &held)
            return event
        }
    }

    func keep(_ event: StoredEvent) {
        generations.withLock { held in
            let known = held.young[event.position] ?? held.old[event.position]
            if known?.redactedBy != nil, event.redactedBy == nil { return }
            remove(event.position, &held)
            insert(event, &held)
        }
    }

    func forget(_ position: Int64) {
        generations.withLock { remove(position, &$0) }
    }

    func forget(room: Int64) {
        generations.withLock { held in
            let gone = held.young.merging(held.old) { $1 }.filter { $0.value.roomNumber == room }
            for position in gone.keys { remove(position, &held) }
        }
    }

    private func insert(_ event: StoredEvent, _ held: inout Generations) {
        if held.youngBytes + event.weight > limit {
            held.old = held.young
            held.oldBytes = held.youngBytes
            held.young = [:]
            held.youngBytes = 0
        }
        held.young[event.position] = event
        held.youngBytes += event.weight
    }

    private func remove(_ position: Int64, _ held: inout Generations) {
        if let event = held.young.removeValue(forKey: position) { held.youngBytes -= event.weight }
        if let event = held.old.removeValue(forKey: position) { held.oldBytes -= event.weight }
    }
}
