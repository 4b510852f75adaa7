import HTTPSurface
import Matrix
import Testing

@Suite("Rate limiter")
struct RateLimiterTests {
    private let rates: [Route.Rate: SurfaceLimits.Allowance] = [.message: .init(perSecond: 2, burst: 3)]

    @Test("a burst passes, the next call is told when to come back")
    func burst() throws {
        let limiter = RateLimiter(rates: rates)
        for _ in 1...3 { try limiter.take(.message, caller: "@alice:a", now: 1_000) }
        let refusal = #expect(throws: MatrixError.self) {
            try limiter.take(.message, caller: "@alice:a", now: 1_000)
        }
        #expect(refusal?.code == .limitExceeded)
        #expect(refusal?.status == 429)
        #expect(refusal?.extra["retry_after_ms"] == .int(500))
    }

    @Test("after the time that was named one call passes, and one only")
    func refill() throws {
        let limiter = RateLimiter(rates: rates)
        for _ in 1...3 { try limiter.take(.message, caller: "@alice:a", now: 0) }
        try limiter.take(.message, caller: "@alice:a", now: 500)
        #expect(throws: MatrixError.self) { try limiter.take(.message, caller: "@alice:a", now: 500) }
    }

    @Test("mallory's calls do not count against alice")
    func apart() throws {
        let limiter = RateLimiter(rates: rates)
        for _ in 1...3 { try limiter.take(.message, caller: "@mallory:a", now: 0) }
        try limiter.take(.message, caller: "@alice:a", now: 0)
    }

    @Test("a class without a rate is not limited")
    func unlimited() throws {
        let limiter = RateLimiter(rates: rates)
        for _ in 1...1_000 { try limiter.take(.unlimited, caller: "@alice:a", now: 0) }
    }

    @Test("a clock that jumps back gives nothing away and locks nobody out")
    func clockJumpsBack() throws {
        let limiter = RateLimiter(rates: rates)
        for _ in 1...3 { try limiter.take(.message, caller: "@alice:a", now: 10_000) }
        #expect(throws: MatrixError.self) { try limiter.take(.message, caller: "@alice:a", now: 1_000) }
        try limiter.take(.message, caller: "@alice:a", now: 1_500)
    }

    @Test("a flood of names does not let anybody through who was refused a moment ago")
    func flood() throws {
        let limiter = RateLimiter(rates: rates, capacity: 100)
        for name in 0..<1_000 { try limiter.take(.message, caller: "flood\(name)", now: 0) }
        for _ in 1...3 { try limiter.take(.message, caller: "@mallory:a", now: 1) }
        #expect(throws: MatrixError.self) { try limiter.take(.message, caller: "@mallory:a", now: 1) }
    }
}
