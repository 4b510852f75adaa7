/// Strings, eight bytes at a time.
extension JSONParser {
    /// Takes a string whose quotation mark was seen.
    mutating func string(_ bytes: Span<UInt8>) throws(JSONError) {
        var at = position + 1
        var isPlain = true
        var isASCII = true
        while true {
            at = plainText(bytes, from: at, &isASCII)
            guard at < bytes.count else { throw .malformed(at: at) }
            if bytes[at] == UInt8(ascii: "\"") { break }
            guard bytes[at] == UInt8(ascii: "\\") else { throw .malformed(at: at) }
            isPlain = false
            at = try escape(bytes, at)
        }
        guard isASCII || JSONText.isUTF8(bytes.extracting(position + 1..<at)) else { throw malformed }
        if !isPlain { irregularities += 1 }
        append(.string, upTo: at + 1, isPlain: isPlain)
    }

    /// The offset of the next byte that ends plain text, or the end of the document.
    @inline(__always)
    private func plainText(_ bytes: Span<UInt8>, from offset: Int, _ isASCII: inout Bool) -> Int {
        var at = offset
        var high: UInt64 = 0
        defer { if high & 0x8080_8080_8080_8080 != 0 { isASCII = false } }
        while at &+ 8 <= bytes.count {
            let word = JSONText.word(bytes, at)
            let found = JSONText.stops(in: word)
            if found != 0 {
                let before = found.trailingZeroBitCount & ~7
                high |= word & ((1 << UInt64(before)) &- 1)
                return at &+ before / 8
            }
            high |= word
            at &+= 8
        }
        while at < bytes.count, !JSONText.endsPlain(bytes[at]) {
            high |= UInt64(bytes[at])
            at &+= 1
        }
        return at
    }

    /// The offset after the escape that begins at that offset.
    private func escape(_ bytes: Span<UInt8>, _ at: Int) throws(JSONError) -> Int {
        guard at + 1 < bytes.count else { throw .malformed(at: at) }
        switch bytes[at + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return at + 2
        case UInt8(ascii: "u"):
            guard let unit = JSONText.unit(bytes, at + 2), unit & 0xfc00 != 0xdc00 else { throw .malformed(at: at) }
            guard unit & 0xfc00 == 0xd800 else { return at + 6 }
            guard at + 12 <= bytes.count, bytes[at + 6] == UInt8(ascii: "\\"), bytes[at + 7] == UInt8(ascii: "u"),
                let low = JSONText.unit(bytes, at + 8), low & 0xfc00 == 0xdc00
            else { throw .malformed(at: at) }
            return at + 12
        default:
            throw .malformed(at: at)
        }
    }
}
