import Synchronization

/// Values given out once and taken back once, within a time and in bounded number.
final class Nonces: Sendable {
    private let capacity: Int
    private let lifetime: Int64
    private let given = Mutex<[String: Int64]>([:])

    /// - Parameter lifetime: milliseconds.
    init(capacity: Int, lifetime: Int64) {
        self.capacity = capacity
        self.lifetime = lifetime
    }

    func give(at now: Int64) -> String {
        let nonce = OpaqueToken.random(.nonce)
        given.withLock { given in
            if given.count >= capacity { given = given.filter { now - $0.value < lifetime } }
            if given.count >= capacity, let oldest = given.min(by: { $0.value < $1.value }) { given[oldest.key] = nil }
            given[nonce] = now
        }
        return nonce
    }

    /// Whether the value was given out lately and has not come back before.
    func take(_ nonce: String, at now: Int64) -> Bool {
        guard let at = given.withLock({ $0.removeValue(forKey: nonce) }) else { return false }
        return now - at < lifetime
    }
}
