import Matrix
import Synchronization

/// Token buckets per caller and class of route. Memory is bounded: when there are too many callers, the full buckets
/// are forgotten first, because forgetting one changes nothing.
package final class RateLimiter: Sendable {
    private struct Key: Hashable {
        let caller: String
        let rate: Route.Rate
    }

    private struct Bucket {
        var tokens: Double
        var filled: Int64
    }

    private let rates: [Route.Rate: SurfaceLimits.Allowance]
    private let capacity: Int
    private let buckets = Mutex<[Key: Bucket]>([:])

    /// A limiter for the rates given.
    /// - Parameter capacity: how many buckets are remembered at most.
    package init(rates: [Route.Rate: SurfaceLimits.Allowance], capacity: Int = 100_000) {
        self.rates = rates
        self.capacity = capacity
    }

    /// Takes one token.
    /// - Parameters:
    ///   - caller: whose bucket, a user ID or an address.
    ///   - now: milliseconds since 1970.
    /// - Throws: `M_LIMIT_EXCEEDED` with the time after which one token is there again.
    package func take(_ rate: Route.Rate, caller: String, now: Int64) throws(MatrixError) {
        guard let allowance = rates[rate] else { return }
        let wait: Int? = buckets.withLock { buckets in
            let key = Key(caller: caller, rate: rate)
            var bucket = buckets[key] ?? Bucket(tokens: allowance.burst, filled: now)
            let elapsed = Double(max(0, now - bucket.filled)) / 1000
            bucket.tokens = min(allowance.burst, bucket.tokens + elapsed * allowance.perSecond)
            bucket.filled = now
            let missing = 1 - bucket.tokens
            if missing <= 0 { bucket.tokens -= 1 }
            if buckets[key] == nil, buckets.count >= capacity { Self.forgetFull(&buckets, rates, now) }
            if buckets[key] != nil || buckets.count < capacity { buckets[key] = bucket }
            return missing <= 0 ? nil : max(1, Int((missing / allowance.perSecond * 1000).rounded(.up)))
        }
        if let wait { throw .limitExceeded(retryAfterMilliseconds: wait) }
    }

    private static func forgetFull(
        _ buckets: inout [Key: Bucket], _ rates: [Route.Rate: SurfaceLimits.Allowance], _ now: Int64
    ) {
        let before = buckets.count
        buckets = buckets.filter { key, bucket in
            guard let allowance = rates[key.rate] else { return false }
            return bucket.tokens + Double(now - bucket.filled) / 1000 * allowance.perSecond < allowance.burst
        }
        // Nobody is idle: somebody floods with many names. The oldest half goes, so that new callers are still counted.
        if buckets.count == before {
            for (key, _) in buckets.sorted(by: { $0.value.filled < $1.value.filled }).prefix(before / 2) {
                buckets[key] = nil
            }
        }
    }
}
