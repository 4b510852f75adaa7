import Matrix
import Rooms
import Storage
import Synchronization

/// What a device has left of its keys, as every answer to a sync tells it.
///
/// [Specification](https://spec.matrix.org/v1.19/client-server-api/#e2e-extensions-to-sync)
package struct KeySupply: Sendable, Equatable {
    /// How many one-time keys of an algorithm wait to be claimed.
    package struct Count: Sendable, Equatable {
        /// The algorithm.
        package let algorithm: String
        /// How many keys.
        package let keys: Int
    }

    /// The one-time keys, by algorithm.
    package let counts: [Count]
    /// The algorithms whose fallback key nobody has claimed yet.
    package let unusedFallbacks: [String]

    /// Nothing.
    package static let none = KeySupply(counts: [], unusedFallbacks: [])

    /// Writes the two members of a sync's answer.
    package func append(to answer: inout JSONWriter) {
        appendCounts(as: "device_one_time_keys_count", to: &answer)
        answer.memberArray("device_unused_fallback_key_types") { list in unusedFallbacks.forEach { list.string($0) } }
    }

    /// Writes the counts as a member of that name.
    package func appendCounts(as name: String, to answer: inout JSONWriter) {
        answer.memberObject(name) { object in
            for count in counts { object.member(count.algorithm, count.keys) }
            // Old clients take a missing count for «unchanged» and would never refill.
            if !counts.contains(where: { $0.algorithm == Self.usual }) { object.member(Self.usual, 0) }
        }
    }

    private static let usual = "signed_curve25519"
}

/// The supplies of devices in memory, so that an idle sync needs no database.
///
/// Each is kept with the position as of which it is true; an older one never replaces a newer one.
final class KeySupplies: Sendable {
    private struct Entry {
        let supply: KeySupply
        let position: Int64
    }

    private struct State {
        var entries: [DeviceAddress: Entry] = [:]
        /// What was dropped may have been as new as this.
        var floor: Int64 = 0
    }

    private let state = Mutex(State())
    private let capacity: Int

    init(capacity: Int = 100_000) { self.capacity = capacity }

    subscript(address: DeviceAddress) -> KeySupply? { state.withLock { $0.entries[address]?.supply } }

    /// Keeps a supply that is true as of a position.
    func keep(_ supply: KeySupply, of address: DeviceAddress, at position: Int64) {
        state.withLock { state in
            if state.entries.count >= capacity, state.entries[address] == nil {
                state.floor = max(state.floor, state.entries.values.lazy.map(\.position).max() ?? 0)
                state.entries.removeAll()
            }
            guard position >= state.floor, position >= state.entries[address]?.position ?? 0 else { return }
            state.entries[address] = Entry(supply: supply, position: position)
        }
    }
}

extension KeyServer {
    /// What a device has left, from memory where it is known.
    package func supply(of person: Int64, _ device: String?) async throws -> KeySupply {
        guard let device else { return .none }
        let address = DeviceAddress(person: person, device: device)
        if let known = supplies[address] { return known }
        return try await store.read { tx in try supply(of: person, device, tx) }
    }

    /// What a device has left, from memory where it is known, else from the snapshot.
    package func supply(of person: Int64, _ device: String?, _ tx: Transaction) throws -> KeySupply {
        guard let device else { return .none }
        let address = DeviceAddress(person: person, device: device)
        if let known = supplies[address] { return known }
        let supply = try KeyQueries.supply(of: person, device, tx)
        supplies.keep(supply, of: address, at: try tx.position())
        return supply
    }

    /// Announces after the commit that the supply of a device has changed; returns what it is now.
    @discardableResult
    func supplyChanged(of person: Int64, _ device: String, _ tx: Transaction) throws -> KeySupply {
        let supply = try KeyQueries.supply(of: person, device, tx)
        let position = try tx.nextPosition()
        let address = DeviceAddress(person: person, device: device)
        let (hub, supplies) = (hub, supplies)
        tx.afterCommit {
            supplies.keep(supply, of: address, at: position)
            hub.devicesChanged([(person, device)], position: position)
        }
        return supply
    }
}
