import Access

/// How much one caller may ask for.
package struct SurfaceLimits: Sendable {
    /// Largest JSON body in bytes.
    package var bodyBytes: Int
    /// Longest time a body may take to arrive.
    package var bodyDeadline: Duration
    /// Calls per second that a person or address may make for long, by class; a class that is missing is not limited.
    package var rates: [Route.Rate: Allowance]
    /// Whether `X-Forwarded-For` is believed when the peer is on loopback (a reverse proxy).
    package var trustsForwardedFor: Bool

    /// A rate: so many a second for long, and so many at once.
    package struct Allowance: Sendable, Equatable {
        /// Calls per second that are refilled.
        package var perSecond: Double
        /// Calls that can be saved up.
        package var burst: Double

        /// A rate of its two numbers.
        package init(perSecond: Double, burst: Double) {
            self.perSecond = perSecond
            self.burst = burst
        }
    }

    /// The limits that a server starts with.
    package static let standard = SurfaceLimits(
        bodyBytes: 1 << 20, bodyDeadline: .seconds(30),
        rates: [
            .general: Allowance(perSecond: 50, burst: 400), .message: Allowance(perSecond: 10, burst: 60),
            .credential: Allowance(perSecond: 0.5, burst: 20),
        ], trustsForwardedFor: false)

    /// Limits for tests and benches on loopback: no rates.
    package static var withoutRates: SurfaceLimits {
        var limits = standard
        limits.rates = [:]
        return limits
    }

    /// Limits of their parts.
    package init(
        bodyBytes: Int, bodyDeadline: Duration, rates: [Route.Rate: Allowance], trustsForwardedFor: Bool
    ) {
        self.bodyBytes = bodyBytes
        self.bodyDeadline = bodyDeadline
        self.rates = rates
        self.trustsForwardedFor = trustsForwardedFor
    }
}
