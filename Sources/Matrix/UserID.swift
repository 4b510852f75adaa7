/// A user: [`@localpart:domain`](https://spec.matrix.org/v1.19/appendices/#user-identifiers).
package struct UserID: MatrixIdentifier {
    /// The identifier as it is written.
    package let rawValue: String
    private let colon: Int

    /// Takes historical user IDs too, whose localpart may be anything but `:` and NUL, as servers must.
    package init(parsing text: some StringProtocol) throws(MatrixError) {
        let text = String(text)
        guard let colon = IdentifierGrammar.colon(in: text, sigil: UInt8(ascii: "@")) else {
            throw .invalidParam("not a user ID")
        }
        rawValue = text
        self.colon = colon
    }

    /// A new user's ID. Throws `M_INVALID_USERNAME` unless the localpart has the strict grammar (`a-z0-9._=-/+`) and
    /// the whole at most 255 bytes.
    package init(localpart: String, serverName: ServerName) throws(MatrixError) {
        guard UserID.isStrict(localpart) else {
            throw .invalidUsername("a user name consists of the characters a-z, 0-9 and ._=-/+")
        }
        let text = "@\(localpart):\(serverName.rawValue)"
        guard text.utf8.count <= IdentifierGrammar.maxLength else { throw .invalidUsername("the user name is too long") }
        rawValue = text
        colon = localpart.utf8.count + 1
    }

    /// The part before the colon, without `@`.
    package var localpart: String { IdentifierGrammar.text(rawValue, 1..<colon) }

    /// The server that has the account.
    package var serverName: ServerName {
        ServerName(checked: IdentifierGrammar.text(rawValue, colon + 1..<rawValue.utf8.count))
    }

    /// Whether the localpart has the grammar of today, not a historical one.
    package var isStrict: Bool { UserID.isStrict(localpart) }

    private static func isStrict(_ localpart: String) -> Bool {
        !localpart.isEmpty
            && localpart.utf8.allSatisfy { byte in
                switch byte {
                case 0x61...0x7a, 0x30...0x39: true
                case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "="), UInt8(ascii: "-"), UInt8(ascii: "/"),
                    UInt8(ascii: "+"):
                    true
                default: false
                }
            }
    }
}
