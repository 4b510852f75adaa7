import Matrix
import Rooms
import Storage
import Synchronization

/// Messages that wait for a device, as one answer gives them.
package struct WaitingMessages: Sendable {
    /// The finished events, the oldest first.
    package let events: [[UInt8]]
    /// Up to where they reach: what the device shows to acknowledge them.
    package let position: Int64
    /// Whether more are waiting after these.
    package let hasMore: Bool

    /// Messages of their parts.
    package init(events: [[UInt8]], position: Int64, hasMore: Bool) {
        self.events = events
        self.position = position
        self.hasMore = hasMore
    }
}

extension KeyServer {
    /// Messages for a device after what it has acknowledged, at most 100 at a time.
    ///
    /// They stay until the device acknowledges them; a device that asks again with the same mark gets them again.
    /// - Parameters:
    ///   - after: up to where the device has everything.
    ///   - upTo: up to where the answer reaches.
    package func messages(
        for person: Int64, _ device: String, after: Int64, upTo: Int64, limit: Int = 100, _ tx: Transaction
    ) throws -> WaitingMessages {
        let found = try DeviceMessageQueries.messages(
            for: person, device, after: after, upTo: upTo, limit: limit + 1, tx)
        let page = found.prefix(limit)
        let hasMore = found.count > limit
        let position = hasMore ? page.last?.position ?? after : max(after, upTo)
        let address = DeviceAddress(person: person, device: device)
        if let last = page.last {
            handedOut.note(last.position, to: address)
        } else if after == 0 {
            // Nothing at all waits, so nothing is there to be removed later.
            handedOut.settle(address, upTo: upTo)
        }
        return WaitingMessages(events: page.map(\.event), position: position, hasMore: hasMore)
    }

    /// A device shows that it has everything up to a position: its messages up to there are removed. Costs a look into memory
    /// when none were handed out since.
    package func acknowledge(_ person: Int64, _ device: String, upTo position: Int64) async throws {
        let address = DeviceAddress(person: person, device: device)
        switch handedOut.standing(of: address, at: position) {
        case .settled: return
        case .pending: break
        case .unknown:
            // The first time since the start: another look into the database than this one is not needed.
            let waits = try await store.read { tx in try DeviceMessageQueries.hasAny(for: person, device, upTo: position, tx) }
            guard waits else { return handedOut.settle(address, upTo: position) }
        }
        let handedOut = handedOut
        try await store.write { tx in
            try DeviceMessageQueries.delete(person, device, upTo: position, tx)
            tx.afterCommit { handedOut.settle(address, upTo: position) }
        }
    }
}

/// How far messages were handed to devices and acknowledged, in memory: so that a sync without messages needs no database.
///
/// What is not here may be anything, and is looked up.
final class HandedOut: Sendable {
    enum Standing { case settled, pending, unknown }

    private struct Entry {
        /// The last message that was handed out.
        var last: Int64 = 0
        /// Up to where everything was removed.
        var settled: Int64 = -1
        /// Whether what was handed out before the start has been looked up.
        var isKnown = false
    }

    private let entries = Mutex<[DeviceAddress: Entry]>([:])
    private let capacity: Int

    init(capacity: Int = 100_000) { self.capacity = capacity }

    /// Notes that a message is handed out.
    func note(_ position: Int64, to address: DeviceAddress) {
        change(address) { $0.last = max($0.last, position) }
    }

    /// Notes that everything up to a position was removed.
    func settle(_ address: DeviceAddress, upTo position: Int64) {
        change(address) { entry in
            entry.settled = max(entry.settled, position)
            entry.isKnown = true
        }
    }

    /// What an acknowledgement up to a position asks for.
    func standing(of address: DeviceAddress, at position: Int64) -> Standing {
        entries.withLock { entries in
            guard let entry = entries[address] else { return .unknown }
            if entry.last > entry.settled, position > entry.settled { return .pending }
            return entry.isKnown ? .settled : .unknown
        }
    }

    private func change(_ address: DeviceAddress, _ body: (inout Entry) -> Void) {
        entries.withLock { entries in
            if entries.count >= capacity, entries[address] == nil { entries.removeAll() }
            body(&entries[address, default: Entry()])
        }
    }
}
