/// One place where a token stands: an event, with the field and the weight in it.
struct Posting: Sendable, Hashable {
    /// The position of the event.
    let position: Int64
    /// Two bits field, six bits weight.
    let mark: UInt8

    init(position: Int64, mark: UInt8) {
        self.position = position
        self.mark = mark
    }

    init(position: Int64, field: SearchField, weight: UInt8) {
        self.init(position: position, mark: field.rawValue << 6 | min(weight, 63))
    }

    /// Where it stands; nil for a mark that this version does not make.
    var field: SearchField? { SearchField(rawValue: mark >> 6) }
    /// How much the token says about the event.
    var weight: UInt8 { mark & 63 }
}

/// A token as the index knows it: the first 64 bits of its HMAC under the room's search key.
typealias TokenTag = UInt64

/// The bytes of blocks. A block holds entries in the order of their tags:
///
/// `length` of what follows without the padding (4 bytes), then for each entry: tag (8 bytes, big-endian), length of its
/// postings (varint), and for each posting the distance to the one before — the first one's to the segment's base — (varint)
/// and the mark (1 byte). Zeros fill the block up, so that its size tells little. A tag may have several entries, one after the
/// other.
enum BlockCodec {
    /// How many postings an entry has at most; it bounds the size of a block.
    static let mostPostings = 2_048
    /// The size at which a block is closed.
    static let targetBytes = 8_192

    /// Appends an entry; the postings are in order of position, none before `base`.
    static func append(_ tag: TokenTag, _ postings: some Collection<Posting>, base: Int64, to bytes: inout [UInt8]) {
        for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: tag >> UInt64(shift))) }
        var last = base
        let length = postings.reduce(0) { sum, posting in
            defer { last = posting.position }
            return sum + width(UInt64(max(0, posting.position - last))) + 1
        }
        append(UInt64(length), to: &bytes)
        last = base
        for posting in postings {
            append(UInt64(max(0, posting.position - last)), to: &bytes)
            bytes.append(posting.mark)
            last = posting.position
        }
    }

    /// The bytes to seal of entries that lie one after the other.
    static func closed(_ entries: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        let unit = entries.count < 1_020 ? 64 : 1_024
        let size = (entries.count + 4 + unit - 1) / unit * unit
        bytes.reserveCapacity(size)
        for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: entries.count >> shift)) }
        bytes += entries
        bytes += repeatElement(0, count: size - bytes.count)
        return bytes
    }

    /// Reads the postings of a block, those alone whose tag is wanted; entries of other tags are passed over.
    /// - Returns: whether the bytes are a block; what was read before it broke off has been given already.
    static func read(
        _ block: [UInt8], base: Int64, wanted: TokenTag? = nil, _ body: (TokenTag, Posting) -> Void
    ) -> Bool {
        guard block.count >= 4 else { return false }
        let length = block[0..<4].reduce(0) { $0 << 8 | Int($1) }
        guard length <= block.count - 4 else { return false }
        return block.withUnsafeBufferPointer { buffer in
            read(UnsafeBufferPointer(rebasing: buffer[4..<(4 + length)]), base: base, wanted: wanted, body)
        }
    }

    private static func read(
        _ bytes: UnsafeBufferPointer<UInt8>, base: Int64, wanted: TokenTag?, _ body: (TokenTag, Posting) -> Void
    ) -> Bool {
        var at = 0
        while at < bytes.count {
            guard bytes.count - at >= 9 else { return false }
            var tag: TokenTag = 0
            for offset in 0..<8 { tag = tag << 8 | TokenTag(bytes[at + offset]) }
            at += 8
            guard let length = varint(bytes, &at), length <= UInt64(bytes.count - at) else { return false }
            let end = at + Int(length)
            if let wanted, tag != wanted {
                // The tags are in order: what is greater ends the search.
                if tag > wanted { return true }
                at = end
                continue
            }
            var position = base
            while at < end {
                guard let distance = varint(bytes, &at), distance <= UInt64(Int64.max), at < end else { return false }
                let (next, overflows) = position.addingReportingOverflow(Int64(distance))
                guard !overflows else { return false }
                position = next
                body(tag, Posting(position: position, mark: bytes[at]))
                at += 1
            }
        }
        return true
    }

    private static func append(_ value: UInt64, to bytes: inout [UInt8]) {
        var value = value
        while value >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
            value >>= 7
        }
        bytes.append(UInt8(value))
    }

    private static func width(_ value: UInt64) -> Int { max(1, (UInt64.bitWidth - value.leadingZeroBitCount + 6) / 7) }

    private static func varint(_ bytes: UnsafeBufferPointer<UInt8>, _ at: inout Int) -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while at < bytes.count, shift < 63 {
            let byte = bytes[at]
            at += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        return nil
    }
}
