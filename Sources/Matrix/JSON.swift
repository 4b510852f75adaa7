/// A value of a parsed document: a cursor into shared bytes and a tape of nodes. Copying costs one reference.
///
/// Names and strings are compared by their bytes, never by Unicode's canonical equivalence: `é` and `e` + accent differ.
package struct JSON: Sendable {
    /// The kinds of value that RFC 8259 knows; `true` and `false` are one kind.
    package enum Kind: UInt32, Sendable {
        case null, bool, number, string, array, object
    }

    let document: JSONDocument
    let index: Int

    init(document: JSONDocument, index: Int) {
        self.document = document
        self.index = index
    }

    /// Parses one complete document, strictly by [RFC 8259](https://www.rfc-editor.org/rfc/rfc8259): UTF-8 is checked,
    /// lone surrogates, duplicate members and anything after the value are refused.
    package init(parsing bytes: [UInt8], limits: Limits = .request) throws(JSONError) {
        document = try JSONDocument(parsing: bytes, limits: limits)
        index = 0
    }

    /// What this value is.
    package var kind: Kind { node.kind }

    /// The member of that name, or `nil` where there is none or this is no object. Costs one pass over the members.
    package subscript(_ key: String) -> JSON? {
        document.member(key, of: index).map { JSON(document: document, index: $0) }
    }

    /// The element at that place, or `nil` where there is none or this is no array. Costs one pass up to the element.
    package subscript(_ position: Int) -> JSON? {
        guard node.kind == .array, position >= 0, position < node.count else { return nil }
        var at = index + 1
        for _ in 0..<position { at = document.nodes[at].next }
        return JSON(document: document, index: at)
    }

    /// The text of a string, its escapes decoded.
    package var string: String? {
        node.kind == .string ? document.text(at: index) : nil
    }

    /// The value of an integer within ±(2^53 − 1); `nil` for all other numbers, also for forms such as `1.0` and `1e3`.
    package var int: Int64? {
        guard node.kind == .number else { return nil }
        let bytes = document.bytes
        return JSONNumber.integer(bytes.span.extracting(node.extent))
    }

    /// The value of any number that a double can hold.
    package var double: Double? {
        guard node.kind == .number, let value = Double(String(decoding: raw, as: UTF8.self)), value.isFinite else { return nil }
        return value
    }

    /// The value of `true` or `false`.
    package var bool: Bool? {
        node.kind == .bool ? node.length == 4 : nil
    }

    /// Whether this is `null`.
    package var isNull: Bool { node.kind == .null }

    /// The number of elements or members; zero for everything else.
    package var count: Int { node.count }

    /// The elements of an array in order; empty for everything else.
    package var elements: Elements {
        node.kind == .array ? Elements(document, index + 1, until: node.next) : Elements(document, 0, until: 0)
    }

    /// The members of an object in the order received; empty for everything else.
    package var members: Members {
        node.kind == .object ? Members(document, index + 1, until: node.next) : Members(document, 0, until: 0)
    }

    /// The bytes of this value as they were received.
    package var raw: ArraySlice<UInt8> { document.bytes[node.extent] }

    private var node: JSONNode { document.nodes[index] }
}

extension JSON {
    /// How much a document may ask of the parser.
    package struct Limits: Sendable {
        /// The longest document in bytes.
        package let maxBytes: Int
        /// The deepest nesting of arrays and objects.
        package let maxDepth: Int

        /// `maxBytes` is cut to 256 MiB, what the tape can address, and `maxDepth` to 512, what the stack of a thread bears.
        package init(maxBytes: Int, maxDepth: Int = 64) {
            self.maxBytes = min(maxBytes, JSONNode.maxCount)
            self.maxDepth = min(maxDepth, 512)
        }

        /// For events: [65,536 bytes](https://spec.matrix.org/v1.19/client-server-api/#size-limits).
        package static let event = Limits(maxBytes: 65_536)
        /// For requests whose route does not say otherwise.
        package static let request = Limits(maxBytes: 1 << 20)
    }

    /// The elements of an array.
    package struct Elements: Sequence, IteratorProtocol, Sendable {
        private let document: JSONDocument
        private var at: Int
        private let end: Int

        init(_ document: JSONDocument, _ start: Int, until end: Int) {
            self.document = document
            self.at = start
            self.end = end
        }

        /// The next element.
        package mutating func next() -> JSON? {
            guard at < end else { return nil }
            defer { at = document.nodes[at].next }
            return JSON(document: document, index: at)
        }
    }

    /// The members of an object.
    package struct Members: Sequence, IteratorProtocol, Sendable {
        private let document: JSONDocument
        private var at: Int
        private let end: Int

        init(_ document: JSONDocument, _ start: Int, until end: Int) {
            self.document = document
            self.at = start
            self.end = end
        }

        /// The next member.
        package mutating func next() -> (key: String, value: JSON)? {
            guard at < end else { return nil }
            let value = at + 1
            defer { at = document.nodes[value].next }
            return (document.text(at: at), JSON(document: document, index: value))
        }
    }
}
