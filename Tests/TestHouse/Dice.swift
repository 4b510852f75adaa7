/// Repeatable randomness.
package struct Dice: RandomNumberGenerator {
    private var state: UInt64

    /// The same throws for the same seed.
    package init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    /// The next throw.
    package mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state &* 0x2545_F491_4F6C_DD1D
    }

    /// A number from 0 on, below a bound.
    package mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

    /// One of some values, of which there is at least one.
    package mutating func one<T>(of values: [T]) -> T { values[below(values.count)] }

    /// Yes in so many cases of a hundred.
    package mutating func chance(_ percent: Int) -> Bool { below(100) < percent }
}
