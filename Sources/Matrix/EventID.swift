/// An event: [`$` and its reference hash](https://spec.matrix.org/v1.19/rooms/v4/#event-ids) in URL-safe unpadded base64,
/// the form of all room versions this server knows.
package struct EventID: MatrixIdentifier {
    /// The identifier as it is written.
    package let rawValue: String

    /// Takes text that is an event ID; throws `M_INVALID_PARAM` otherwise.
    package init(parsing text: some StringProtocol) throws(MatrixError) {
        let text = String(text)
        guard IdentifierGrammar.isHash(text, sigil: UInt8(ascii: "$")) else { throw .invalidParam("not an event ID") }
        rawValue = text
    }

    /// The ID of the event with that reference hash (SHA-256, 32 bytes); throws `M_INVALID_PARAM` for any other length.
    package init(referenceHash: some Collection<UInt8>) throws(MatrixError) {
        guard referenceHash.count == 32 else { throw .invalidParam("not a reference hash") }
        rawValue = "$" + Base64.encode(referenceHash, urlSafe: true)
    }

    /// Text that is known to be an event ID.
    init(checked text: String) { rawValue = text }
}
