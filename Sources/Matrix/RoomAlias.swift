/// A name of a room for people: [`#localpart:domain`](https://spec.matrix.org/v1.19/appendices/#room-aliases).
package struct RoomAlias: MatrixIdentifier {
    /// The identifier as it is written.
    package let rawValue: String
    private let colon: Int

    /// Takes text that is a room alias; throws `M_INVALID_PARAM` otherwise.
    package init(parsing text: some StringProtocol) throws(MatrixError) {
        let text = String(text)
        guard let colon = IdentifierGrammar.colon(in: text, sigil: UInt8(ascii: "#")), colon > 1 else {
            throw .invalidParam("not a room alias")
        }
        rawValue = text
        self.colon = colon
    }

    /// An alias of that server; the localpart may be anything but empty, `:` and NUL. Throws `M_INVALID_PARAM`.
    package init(localpart: String, serverName: ServerName) throws(MatrixError) {
        guard !localpart.utf8.contains(UInt8(ascii: ":")) else { throw .invalidParam("the localpart of an alias has no colon") }
        try self.init(parsing: "#\(localpart):\(serverName.rawValue)")
    }

    /// The part before the colon, without `#`.
    package var localpart: String { IdentifierGrammar.text(rawValue, 1..<colon) }

    /// The server that knows the alias.
    package var serverName: ServerName {
        ServerName(checked: IdentifierGrammar.text(rawValue, colon + 1..<rawValue.utf8.count))
    }
}
