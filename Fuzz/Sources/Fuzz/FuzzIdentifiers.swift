import Matrix

/// Whatever parses keeps its bytes and its length, and its parts are what they claim to be.
func fuzzIdentifiers(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    if let user = check(UserID.self, text) {
        promise("@\(user.localpart):\(user.serverName)".utf8.elementsEqual(text.utf8), "a user ID is its parts")
        promise(try ServerName(parsing: user.serverName.rawValue) == user.serverName, "a user has a server")
        let again = try? UserID(localpart: user.localpart, serverName: user.serverName)
        promise((again == user) == user.isStrict, "only the strict grammar makes new users")
    }
    if let alias = check(RoomAlias.self, text) {
        promise(try RoomAlias(localpart: alias.localpart, serverName: alias.serverName) == alias, "an alias is its parts")
    }
    if let room = check(RoomID.self, text), let event = room.createEvent {
        promise(RoomID(createEvent: event) == room, "a room without domain is its create event")
        promise(try EventID(parsing: event.rawValue) == event, "a create event is an event")
    }
    _ = check(EventID.self, text)
    if let server = try? ServerName(parsing: text) {
        promise(server.rawValue.utf8.elementsEqual(text.utf8), "a server name keeps its bytes")
        promise(text.utf8.starts(with: server.host.utf8), "a server name begins with its host")
        promise(try ServerName(parsing: server.host) == ServerName(parsing: server.host), "a host is a server name")
    }
    for urlSafe in [false, true] {
        promise(Base64.decode(Base64.encode(bytes, urlSafe: urlSafe), urlSafe: urlSafe) == bytes, "base64 comes back")
        if let decoded = Base64.decode(text, urlSafe: urlSafe) {
            // All but the last character, of which some bits may stand for nothing.
            let certain = text.utf8.prefix { $0 != UInt8(ascii: "=") }.dropLast()
            promise(Base64.encode(decoded, urlSafe: urlSafe).utf8.starts(with: certain), "the text of decoded bytes is the text")
        }
    }
}

private func check<Identifier: MatrixIdentifier>(_: Identifier.Type, _ text: String) -> Identifier? {
    guard let identifier = try? Identifier(parsing: text) else { return nil }
    promise(identifier.rawValue.utf8.elementsEqual(text.utf8), "an identifier keeps its bytes")
    promise(identifier.rawValue.utf8.count <= 255, "an identifier has at most 255 bytes")
    promise(try Identifier(parsing: identifier.rawValue) == identifier, "an identifier comes back")
    return identifier
}
