/// A value that is built rather than parsed: small contents, options, the extra members of errors.
///
/// Two names that Unicode holds to be equal cannot be members of one built object; `init(_:)` keeps such an object as bytes.
package indirect enum JSONValue: Sendable, Hashable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// An integer; canonical JSON wants it within ±(2^53 − 1).
    case int(Int64)
    /// Text.
    case string(String)
    /// Values in order.
    case array([JSONValue])
    /// Named values.
    case object([String: JSONValue])
    /// Bytes that are JSON already and are spliced in.
    case raw([UInt8])

    /// The value that was parsed. A number that is no safe integer stays as its bytes.
    package init(_ json: JSON) {
        switch json.kind {
        case .null: self = .null
        case .bool: self = .bool(json.bool == true)
        case .number: self = json.int.map(JSONValue.int) ?? .raw(Array(json.raw))
        case .string: self = .string(json.string ?? "")
        case .array: self = .array(json.elements.map(JSONValue.init))
        case .object:
            let members = Dictionary(json.members.map { ($0.key, JSONValue($0.value)) }) { first, _ in first }
            self = members.count == json.count ? .object(members) : .raw(Array(json.raw))
        }
    }

    /// The canonical JSON of this value, given that its parts of bytes are canonical and its integers safe.
    package func canonical() -> [UInt8] {
        var output: [UInt8] = []
        append(to: &output)
        return output
    }

    func append(to output: inout [UInt8]) {
        switch self {
        case .null: output.append(contentsOf: "null".utf8)
        case .bool(let value): output.append(contentsOf: value ? "true".utf8 : "false".utf8)
        case .int(let value): JSONNumber.append(value, to: &output)
        case .string(let text): JSONText.appendQuoted(text.utf8.span, to: &output)
        case .raw(let bytes): output.append(contentsOf: bytes)
        case .array(let elements):
            output.append(UInt8(ascii: "["))
            for (place, element) in elements.enumerated() {
                if place > 0 { output.append(UInt8(ascii: ",")) }
                element.append(to: &output)
            }
            output.append(UInt8(ascii: "]"))
        case .object(let members):
            output.append(UInt8(ascii: "{"))
            let sorted = members.sorted { JSONText.precedes($0.key.utf8.span, $1.key.utf8.span) }
            for (place, member) in sorted.enumerated() {
                if place > 0 { output.append(UInt8(ascii: ",")) }
                JSONText.appendQuoted(member.key.utf8.span, to: &output)
                output.append(UInt8(ascii: ":"))
                member.value.append(to: &output)
            }
            output.append(UInt8(ascii: "}"))
        }
    }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral, ExpressibleByStringLiteral
{
    /// `null`.
    package init(nilLiteral: ()) { self = .null }
    /// `true` or `false`.
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    /// An integer.
    package init(integerLiteral value: Int64) { self = .int(value) }
    /// Text.
    package init(stringLiteral value: String) { self = .string(value) }
}

extension JSONValue: ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
    /// Values in order.
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    /// Named values; the last of two with the same name counts.
    package init(dictionaryLiteral members: (String, JSONValue)...) {
        self = .object(Dictionary(members) { _, last in last })
    }
}
