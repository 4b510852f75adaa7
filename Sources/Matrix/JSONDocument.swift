/// One value on the tape: where its bytes lie, where the next value begins, and how many children it has.
struct JSONNode: Sendable {
    static let maxCount = (1 << 28) - 1

    private let first: UInt32
    private var last: UInt32
    private var following: UInt32
    /// Three bits of kind, one bit `isPlain`, 28 bits of count.
    private var bits: UInt32

    init(_ kind: JSON.Kind, from start: Int, to end: Int, next: Int, isPlain: Bool) {
        first = UInt32(truncatingIfNeeded: start)
        last = UInt32(truncatingIfNeeded: end)
        following = UInt32(truncatingIfNeeded: next)
        bits = kind.rawValue | (isPlain ? 8 : 0)
    }

    var start: Int { Int(first) }
    var end: Int { Int(last) }
    /// The place of its bytes.
    var extent: Range<Int> { start..<end }
    /// The place of a string's bytes between the quotation marks.
    var content: Range<Int> { start + 1..<end - 1 }
    var length: Int { Int(last &- first) }
    /// The index after this value and everything in it.
    var next: Int { Int(following) }
    var kind: JSON.Kind { JSON.Kind(rawValue: bits & 7) ?? .null }
    /// Whether the bytes as received are already canonical; of a string: that it has no escapes.
    var isPlain: Bool { bits & 8 != 0 }
    var count: Int { Int(bits >> 4) }

    mutating func close(at end: Int, next: Int, count: Int, isPlain: Bool) {
        last = UInt32(truncatingIfNeeded: end)
        following = UInt32(truncatingIfNeeded: next)
        bits = (bits & 7) | (isPlain ? 8 : 0) | UInt32(truncatingIfNeeded: count) << 4
    }
}

/// The bytes of a document and its tape. A member lies as two values after each other, its name and its value.
final class JSONDocument: Sendable {
    let bytes: [UInt8]
    let nodes: [JSONNode]

    init(parsing bytes: [UInt8], limits: JSON.Limits) throws(JSONError) {
        guard bytes.count <= limits.maxBytes else { throw .tooLarge }
        var parser = JSONParser(maxDepth: limits.maxDepth, byteCount: bytes.count)
        try parser.parse(bytes.span)
        self.bytes = bytes
        self.nodes = parser.nodes
    }

    /// The index of the value of that member.
    func member(_ key: String, of object: Int) -> Int? {
        guard nodes[object].kind == .object else { return nil }
        let name = key.utf8.span
        let storage = bytes
        let bytes = storage.span
        let end = nodes[object].next
        var at = object + 1
        while at < end {
            let node = nodes[at]
            if node.isPlain {
                if node.length == name.count + 2, JSONText.equal(name, bytes.extracting(node.content)) { return at + 1 }
            } else if node.length - 2 >= name.count, node.length - 2 <= name.count * JSONText.longestEscape {
                let unescaped = JSONText.unescaped(bytes.extracting(node.content))
                if JSONText.equal(name, unescaped.span) { return at + 1 }
            }
            at = nodes[at + 1].next
        }
        return nil
    }

    /// The decoded text of the string at that index.
    func text(at index: Int) -> String {
        let node = nodes[index]
        let storage = bytes
        let content = storage.span.extracting(node.content)
        if node.isPlain { return JSONText.string(checked: content) }
        return String(decoding: JSONText.unescaped(content), as: UTF8.self)
    }
}
