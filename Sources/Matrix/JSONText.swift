/// What is done to the bytes of strings, eight at a time where that is possible.
enum JSONText {
    /// For each byte of a word that ends plain text (quotation mark, backslash, control character): the high bit.
    /// Bits above the lowest one may be wrong, the lowest never is.
    @inline(__always)
    static func stops(in word: UInt64) -> UInt64 {
        let quote = word ^ 0x2222_2222_2222_2222
        let backslash = word ^ 0x5c5c_5c5c_5c5c_5c5c
        let found =
            ((quote &- 0x0101_0101_0101_0101) & ~quote)
            | ((backslash &- 0x0101_0101_0101_0101) & ~backslash)
            | ((word &- 0x2020_2020_2020_2020) & ~word)
        return found & 0x8080_8080_8080_8080
    }

    @inline(__always)
    static func word(_ bytes: Span<UInt8>, _ offset: Int) -> UInt64 {
        UInt64(littleEndian: bytes.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    /// The offset of the first byte at or after `offset` that ends plain text, or the end.
    @inline(__always)
    static func endOfPlain(_ bytes: Span<UInt8>, from offset: Int) -> Int {
        var at = offset
        while at &+ 8 <= bytes.count {
            let found = stops(in: word(bytes, at))
            if found != 0 { return at &+ found.trailingZeroBitCount / 8 }
            at &+= 8
        }
        while at < bytes.count, !endsPlain(bytes[at]) { at &+= 1 }
        return at
    }

    @inline(__always)
    static func endsPlain(_ byte: UInt8) -> Bool { byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") }

    /// Text from bytes whose UTF-8 was checked.
    static func string(checked bytes: Span<UInt8>) -> String {
        String(copying: UTF8Span(unchecked: bytes))
    }

    static func isUTF8(_ bytes: Span<UInt8>) -> Bool {
        do throws(UTF8.ValidationError) {
            _ = try UTF8Span(validating: bytes)
            return true
        } catch {
            return false
        }
    }

    @inline(__always)
    static func equal(_ one: Span<UInt8>, _ other: Span<UInt8>) -> Bool {
        guard one.count == other.count else { return false }
        var at = 0
        while at &+ 8 <= one.count {
            guard word(one, at) == word(other, at) else { return false }
            at &+= 8
        }
        while at < one.count {
            guard one[at] == other[at] else { return false }
            at &+= 1
        }
        return true
    }

    /// Whether the bytes come first: the order of Unicode code points, since UTF-8 keeps it.
    static func precedes(_ one: Span<UInt8>, _ other: Span<UInt8>) -> Bool {
        let shared = min(one.count, other.count)
        var at = 0
        while at &+ 8 <= shared {
            let (left, right) = (word(one, at), word(other, at))
            if left != right { return left.byteSwapped < right.byteSwapped }
            at &+= 8
        }
        while at < shared {
            if one[at] != other[at] { return one[at] < other[at] }
            at &+= 1
        }
        return one.count < other.count
    }

    /// How many bytes one byte of text takes at most when it is escaped: `\u0041`.
    static let longestEscape = 6

    /// The bytes of a parsed string (without its quotation marks) after its escapes are decoded.
    static func unescaped(_ bytes: Span<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var at = 0
        while at < bytes.count {
            let end = endOfPlain(bytes, from: at)
            append(bytes.extracting(at..<end), to: &result)
            at = end
            guard at + 1 < bytes.count else { break }
            switch bytes[at + 1] {
            case UInt8(ascii: "n"): result.append(0x0a)
            case UInt8(ascii: "t"): result.append(0x09)
            case UInt8(ascii: "r"): result.append(0x0d)
            case UInt8(ascii: "b"): result.append(0x08)
            case UInt8(ascii: "f"): result.append(0x0c)
            case UInt8(ascii: "u"):
                let (scalar, length) = scalar(bytes, at)
                result.append(contentsOf: UTF8.encode(scalar).map(Array.init) ?? [])
                at += length - 2
            case let literal: result.append(literal)
            }
            at += 2
        }
        return result
    }

    /// The scalar of a checked `\u` escape at that offset, and the length of the escape or pair of escapes.
    private static func scalar(_ bytes: Span<UInt8>, _ offset: Int) -> (Unicode.Scalar, Int) {
        let high = unit(bytes, offset + 2) ?? 0xfffd
        if let scalar = Unicode.Scalar(high) { return (scalar, 6) }
        let low = unit(bytes, offset + 8) ?? 0xdc00
        return (Unicode.Scalar(0x10000 + (high & 0x3ff) << 10 + (low & 0x3ff)) ?? "\u{fffd}", 12)
    }

    /// The UTF-16 code unit that four hexadecimal digits at that offset spell.
    static func unit(_ bytes: Span<UInt8>, _ offset: Int) -> UInt32? {
        guard offset + 4 <= bytes.count else { return nil }
        var value: UInt32 = 0
        for at in offset..<offset + 4 {
            let byte = bytes[at]
            switch byte {
            case 0x30...0x39: value = value << 4 | UInt32(byte - 0x30)
            case 0x41...0x46: value = value << 4 | UInt32(byte - 0x41 + 10)
            case 0x61...0x66: value = value << 4 | UInt32(byte - 0x61 + 10)
            default: return nil
            }
        }
        return value
    }

    /// Appends text as a JSON string with the escapes of canonical JSON, the shortest there are.
    static func appendQuoted(_ bytes: Span<UInt8>, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        var at = 0
        while true {
            let end = endOfPlain(bytes, from: at)
            if end > at { append(bytes.extracting(at..<end), to: &output) }
            guard end < bytes.count else { break }
            appendEscape(bytes[end], to: &output)
            at = end + 1
        }
        output.append(UInt8(ascii: "\""))
    }

    @inline(__always)
    static func append(_ bytes: Span<UInt8>, to output: inout [UInt8]) {
        bytes.withUnsafeBufferPointer { output.append(contentsOf: $0) }
    }

    private static func appendEscape(_ byte: UInt8, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x08: output.append(UInt8(ascii: "b"))
        case 0x09: output.append(UInt8(ascii: "t"))
        case 0x0a: output.append(UInt8(ascii: "n"))
        case 0x0c: output.append(UInt8(ascii: "f"))
        case 0x0d: output.append(UInt8(ascii: "r"))
        case 0x00...0x1f:
            output.append(contentsOf: [UInt8(ascii: "u"), 0x30, 0x30, 0x30 + byte >> 4, digits[Int(byte & 15)]])
        default: output.append(byte)
        }
    }

    private static let digits = Array("0123456789abcdef".utf8)
}
