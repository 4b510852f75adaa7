import Audit
import Synchronization

/// When and from where devices were last heard of, gathered in memory and written now and then: a request costs no write.
final class LastSeen: Sendable {
    struct Device: Hashable, Sendable {
        let user: Int64
        let device: String
    }

    struct Sighting: Sendable {
        let device: Device
        var at: Int64
        var address: String
        var agent: String
    }

    private let capacity: Int
    private let seen = Mutex<[Device: Sighting]>([:])

    init(capacity: Int) { self.capacity = capacity }

    func note(_ user: Int64, _ device: String, _ origin: Origin, at now: Int64) {
        let key = Device(user: user, device: device)
        seen.withLock { seen in
            // Losing a sighting is better than growing without end; the next tidying makes room.
            guard seen.count < capacity || seen[key] != nil else { return }
            // Once a second is as precise as anybody needs, and spares copying the texts.
            if let known = seen[key], now - known.at < 1_000, known.address == origin.address { return }
            seen[key] = Sighting(device: key, at: now, address: origin.address, agent: origin.agent)
        }
    }

    /// What has not been written yet, for one person.
    func pending(of user: Int64) -> [String: Sighting] {
        seen.withLock { seen in
            var found: [String: Sighting] = [:]
            for (key, sighting) in seen where key.user == user { found[key.device] = sighting }
            return found
        }
    }

    /// Hands everything over for writing.
    func take() -> [Sighting] {
        seen.withLock { seen in
            defer { seen = [:] }
            return Array(seen.values)
        }
    }
}
