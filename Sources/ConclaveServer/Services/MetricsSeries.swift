import CoreMetrics
import Synchronization

/// A number that only grows.
final class CounterSeries: CounterHandler, FloatingPointCounterHandler, Sendable {
    private let sum = Mutex(0.0)

    /// The sum so far.
    var value: Double { sum.withLock { $0 } }

    func increment(by amount: Int64) { sum.withLock { $0 += Double(amount) } }
    func increment(by amount: Double) { sum.withLock { $0 += amount } }
    func reset() { sum.withLock { $0 = 0 } }
}

/// A number that goes up and down.
final class GaugeSeries: MeterHandler, RecorderHandler, Sendable {
    private let current = Mutex(0.0)

    /// The number now.
    var value: Double { current.withLock { $0 } }

    func set(_ value: Int64) { current.withLock { $0 = Double(value) } }
    func set(_ value: Double) { current.withLock { $0 = value } }
    func increment(by amount: Double) { current.withLock { $0 += amount } }
    func decrement(by amount: Double) { current.withLock { $0 -= amount } }
    func record(_ value: Int64) { set(value) }
    func record(_ value: Double) { set(value) }
}

/// How often values fell into which range.
final class HistogramSeries: RecorderHandler, TimerHandler, Sendable {
    /// What was seen.
    struct Tally {
        /// How many values were at most the bound of the same index; the last counts all.
        var buckets: [Int64]
        /// The sum of all values.
        var sum = 0.0
    }

    /// The bounds of the ranges: seconds for timers, plain numbers for recorders.
    let bounds: [Double]
    private let state: Mutex<Tally>

    static let secondBounds: [Double] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
    static let sizeBounds: [Double] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 10_000, 100_000, 1_000_000]

    init(bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(Tally(buckets: Array(repeating: 0, count: bounds.count + 1)))
    }

    /// What was seen so far, each bucket with those below it.
    var tally: Tally {
        var tally = state.withLock { $0 }
        for index in tally.buckets.indices.dropFirst() { tally.buckets[index] += tally.buckets[index - 1] }
        return tally
    }

    func record(_ value: Int64) { record(Double(value)) }
    func record(_ value: Double) {
        let index = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock { tally in
            tally.buckets[index] += 1
            tally.sum += value
        }
    }
    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1_000_000_000) }
}
