/// Turns bytes into a tape, strictly by RFC 8259.
///
/// Every access to the bytes is checked against their bounds; nothing here can read beyond them.
struct JSONParser {
    var nodes: [JSONNode] = []
    var position = 0
    /// How often something was met that canonical JSON would write otherwise. What begins and ends at the same
    /// number is canonical as it stands.
    var irregularities = 0
    private let maxDepth: Int

    init(maxDepth: Int, byteCount: Int) {
        self.maxDepth = maxDepth
        nodes.reserveCapacity(byteCount / 12 + 4)
    }

    mutating func parse(_ bytes: Span<UInt8>) throws(JSONError) {
        skipSpace(bytes)
        try value(bytes, depth: 0)
        skipSpace(bytes)
        guard position == bytes.count else { throw malformed }
    }

    private mutating func value(_ bytes: Span<UInt8>, depth: Int) throws(JSONError) {
        guard position < bytes.count else { throw malformed }
        switch bytes[position] {
        case UInt8(ascii: "\""): try string(bytes)
        case UInt8(ascii: "{"): try object(bytes, depth: depth + 1)
        case UInt8(ascii: "["): try array(bytes, depth: depth + 1)
        case UInt8(ascii: "t"): try literal(bytes, "true", .bool)
        case UInt8(ascii: "f"): try literal(bytes, "false", .bool)
        case UInt8(ascii: "n"): try literal(bytes, "null", .null)
        default: try number(bytes)
        }
    }

    private mutating func object(_ bytes: Span<UInt8>, depth: Int) throws(JSONError) {
        let (index, before) = try open(.object, depth)
        var count = 0
        var isSorted = true
        var previous = 0
        skipSpace(bytes)
        if try !closes(bytes, UInt8(ascii: "}")) {
            while true {
                let key = nodes.count
                guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else { throw malformed }
                try string(bytes)
                if isSorted, count > 0 || !nodes[key].isPlain { isSorted = follows(bytes, key, after: previous) }
                previous = key
                skipSpace(bytes)
                guard position < bytes.count, bytes[position] == UInt8(ascii: ":") else { throw malformed }
                position += 1
                skipSpace(bytes)
                try value(bytes, depth: depth)
                count += 1
                skipSpace(bytes)
                if try closes(bytes, UInt8(ascii: "}")) { break }
                try comma(bytes)
            }
        }
        if !isSorted {
            irregularities += 1
            try refuseDuplicates(bytes, of: index)
        }
        close(index, count, before)
    }

    private mutating func array(_ bytes: Span<UInt8>, depth: Int) throws(JSONError) {
        let (index, before) = try open(.array, depth)
        var count = 0
        skipSpace(bytes)
        if try !closes(bytes, UInt8(ascii: "]")) {
            while true {
                try value(bytes, depth: depth)
                count += 1
                skipSpace(bytes)
                if try closes(bytes, UInt8(ascii: "]")) { break }
                try comma(bytes)
            }
        }
        close(index, count, before)
    }

    private mutating func open(_ kind: JSON.Kind, _ depth: Int) throws(JSONError) -> (index: Int, irregularities: Int) {
        guard depth <= maxDepth else { throw .tooDeep(at: position) }
        nodes.append(JSONNode(kind, from: position, to: position, next: 0, isPlain: false))
        position += 1
        return (nodes.count - 1, irregularities)
    }

    private mutating func closes(_ bytes: Span<UInt8>, _ bracket: UInt8) throws(JSONError) -> Bool {
        guard position < bytes.count else { throw malformed }
        guard bytes[position] == bracket else { return false }
        position += 1
        return true
    }

    private mutating func comma(_ bytes: Span<UInt8>) throws(JSONError) {
        guard bytes[position] == UInt8(ascii: ",") else { throw malformed }
        position += 1
        skipSpace(bytes)
    }

    private mutating func close(_ index: Int, _ count: Int, _ before: Int) {
        nodes[index].close(at: position, next: nodes.count, count: count, isPlain: irregularities == before)
    }

    private mutating func literal(_ bytes: Span<UInt8>, _ text: StaticString, _ kind: JSON.Kind) throws(JSONError) {
        let length = text.utf8CodeUnitCount
        guard position + length <= bytes.count else { throw malformed }
        let matches = text.withUTF8Buffer { expected in
            JSONText.equal(expected.span, bytes.extracting(position..<position + length))
        }
        guard matches else { throw malformed }
        append(kind, upTo: position + length, isPlain: true)
    }

    private mutating func number(_ bytes: Span<UInt8>) throws(JSONError) {
        var at = position
        if bytes[at] == UInt8(ascii: "-") { at += 1 }
        let whole = try digits(bytes, at)
        guard whole == at + 1 || bytes[at] != UInt8(ascii: "0") else { throw .malformed(at: at) }
        at = whole
        if at < bytes.count, bytes[at] == UInt8(ascii: ".") { at = try digits(bytes, at + 1) }
        if at < bytes.count, bytes[at] | 0x20 == UInt8(ascii: "e") {
            at += 1
            if at < bytes.count, bytes[at] == UInt8(ascii: "+") || bytes[at] == UInt8(ascii: "-") { at += 1 }
            at = try digits(bytes, at)
        }
        let written = bytes.extracting(position..<at)
        let isZeroWithSign = written.count == 2 && written[0] == UInt8(ascii: "-") && written[1] == UInt8(ascii: "0")
        let isPlain = !isZeroWithSign && JSONNumber.integer(written) != nil
        if !isPlain { irregularities += 1 }
        append(.number, upTo: at, isPlain: isPlain)
    }

    /// The offset after at least one digit.
    private func digits(_ bytes: Span<UInt8>, _ start: Int) throws(JSONError) -> Int {
        var at = start
        while at < bytes.count, bytes[at] &- 0x30 < 10 { at += 1 }
        guard at > start else { throw .malformed(at: at) }
        return at
    }

    mutating func append(_ kind: JSON.Kind, upTo end: Int, isPlain: Bool) {
        nodes.append(JSONNode(kind, from: position, to: end, next: nodes.count + 1, isPlain: isPlain))
        position = end
    }

    @inline(__always)
    private mutating func skipSpace(_ bytes: Span<UInt8>) {
        guard position < bytes.count, bytes[position] <= 0x20 else { return }
        skipSomeSpace(bytes)
    }

    private mutating func skipSomeSpace(_ bytes: Span<UInt8>) {
        irregularities += 1
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0a, 0x0d, 0x09: position += 1
            default: return
            }
        }
    }

    var malformed: JSONError { .malformed(at: position) }
}
