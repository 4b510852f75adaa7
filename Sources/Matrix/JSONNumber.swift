/// Integers as canonical JSON knows them.
enum JSONNumber {
    /// The greatest integer that is safe in a double: 2^53 − 1.
    static let greatest: Int64 = 9_007_199_254_740_991

    /// The value of a number of the grammar, if it is written as an integer within ±(2^53 − 1).
    static func integer(_ bytes: Span<UInt8>) -> Int64? {
        let isNegative = bytes[0] == UInt8(ascii: "-")
        let start = isNegative ? 1 : 0
        guard bytes.count - start <= 16 else { return nil }
        var value: Int64 = 0
        for at in start..<bytes.count {
            let digit = bytes[at] &- 0x30
            guard digit < 10 else { return nil }
            value = value &* 10 &+ Int64(digit)
        }
        guard value <= greatest else { return nil }
        return isNegative ? -value : value
    }

    /// The value of a number of the grammar that is an integer within ±(2^53 − 1), in whatever form: `1.0`, `10e-1`, `1e3`.
    ///
    /// Works on the digits, so that a double's rounding cannot make an integer of a fraction.
    static func integral(_ bytes: Span<UInt8>) -> Int64? {
        var digits: [UInt8] = []
        var at = 0
        var point = 0
        var hasPoint = false
        scan: while at < bytes.count {
            switch bytes[at] {
            case 0x30...0x39:
                digits.append(bytes[at] - 0x30)
                if !hasPoint { point += 1 }
            case UInt8(ascii: "."): hasPoint = true
            case UInt8(ascii: "e"), UInt8(ascii: "E"): break scan
            default: break
            }
            at += 1
        }
        guard let first = digits.firstIndex(where: { $0 != 0 }), let last = digits.lastIndex(where: { $0 != 0 }) else { return 0 }
        guard let exponent = at < bytes.count ? exponent(bytes.extracting(at + 1..<bytes.count)) : 0 else { return nil }
        let places = point + exponent
        guard last < places, places - first <= 16 else { return nil }
        var value: Int64 = 0
        for place in first..<places { value = value * 10 + Int64(place < digits.count ? digits[place] : 0) }
        guard value <= greatest else { return nil }
        return bytes[0] == UInt8(ascii: "-") ? -value : value
    }

    private static func exponent(_ bytes: Span<UInt8>) -> Int? {
        var value = 0
        for at in bytes.indices where bytes[at] &- 0x30 < 10 {
            value = value * 10 + Int(bytes[at] - 0x30)
            // No document is long enough to balance such an exponent.
            guard value < 1 << 40 else { return nil }
        }
        return bytes[0] == UInt8(ascii: "-") ? -value : value
    }

    /// Appends the digits of an integer.
    static func append(_ value: Int64, to output: inout [UInt8]) {
        if value < 0 { output.append(UInt8(ascii: "-")) }
        var rest = value.magnitude
        guard rest > 9 else { return output.append(0x30 + UInt8(truncatingIfNeeded: rest)) }
        let start = output.count
        while rest > 0 {
            output.append(0x30 + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        }
        output[start...].reverse()
    }
}
