/// Why bytes are not JSON, or JSON not canonical JSON. Offsets count bytes from the start of the document.
package enum JSONError: Error, Hashable, Sendable {
    /// The document is longer than its limits allow.
    case tooLarge
    /// Arrays and objects nest deeper than the limits allow.
    case tooDeep(at: Int)
    /// The grammar of RFC 8259 or UTF-8 is violated.
    case malformed(at: Int)
    /// An object has the same member twice.
    case duplicateKey(at: Int)
    /// A number is not an integer within ±(2^53 − 1), which canonical JSON demands.
    case notAnInteger(at: Int)
}

extension JSONError: MatrixErrorConvertible {
    /// `M_NOT_JSON` for what does not follow the grammar, `M_TOO_LARGE`, and `M_BAD_JSON` for the rest.
    package var matrixError: MatrixError {
        switch self {
        case .tooLarge: .tooLarge("the JSON document is too large")
        case .tooDeep: .badJSON("the JSON document nests too deeply")
        case .malformed(let offset): .notJSON("no valid JSON at byte \(offset)")
        case .duplicateKey(let offset): .badJSON("an object has two members of the same name at byte \(offset)")
        case .notAnInteger(let offset): .badJSON("no integer within ±(2^53 − 1) at byte \(offset)")
        }
    }
}
