/// A room: [`!opaque:domain`, or `!` and a hash](https://spec.matrix.org/v1.19/appendices/#room-ids) from version 12 on.
package struct RoomID: MatrixIdentifier {
    /// The identifier as it is written.
    package let rawValue: String

    /// Takes text that is a room ID; throws `M_INVALID_PARAM` otherwise.
    package init(parsing text: some StringProtocol) throws(MatrixError) {
        let text = String(text)
        let sigil = UInt8(ascii: "!")
        guard IdentifierGrammar.isHash(text, sigil: sigil) || IdentifierGrammar.colon(in: text, sigil: sigil) != nil else {
            throw .invalidParam("not a room ID")
        }
        rawValue = text
    }

    /// The ID of a room of a version before 12. Throws `M_INVALID_PARAM` unless the localpart is of letters and digits
    /// and the whole at most 255 bytes.
    package init(localpart: String, serverName: ServerName) throws(MatrixError) {
        let text = "!\(localpart):\(serverName.rawValue)"
        guard !localpart.isEmpty, text.utf8.count <= IdentifierGrammar.maxLength,
            localpart.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x41...0x5a).contains($0) || (0x61...0x7a).contains($0) })
        else { throw .invalidParam("not the localpart of a room ID") }
        rawValue = text
    }

    /// The ID of a room of version 12 and later: that of its `m.room.create` event with the other sigil.
    package init(createEvent: EventID) {
        rawValue = "!" + createEvent.rawValue.dropFirst()
    }

    /// The `m.room.create` event of a room of version 12 and later; `nil` for a room ID with a domain.
    package var createEvent: EventID? {
        guard IdentifierGrammar.isHash(rawValue, sigil: UInt8(ascii: "!")) else { return nil }
        return EventID(checked: "$" + rawValue.dropFirst())
    }
}
