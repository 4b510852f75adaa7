import Matrix

/// The version of a backup, which clients keep as text.
package struct BackupVersion: Sendable, Equatable {
    /// The number.
    let number: Int64

    /// The version of a number.
    init(number: Int64) { self.number = number }

    /// Reads what an earlier answer gave; anything else is a version that does not exist.
    package init(_ text: String) {
        number = text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int64(text) ?? 0 : 0
    }

    /// The text.
    package var text: String { String(number) }
}

/// How a backup is sealed, as its owner says.
package struct BackupSetting: Sendable {
    /// The algorithm.
    let algorithm: String
    /// What the algorithm needs, bytes of a JSON object.
    let authData: [UInt8]

    /// Reads the members `algorithm` and `auth_data`.
    /// - Throws: `M_MISSING_PARAM`, `M_BAD_JSON`, `M_TOO_LARGE`.
    package init(parsing body: JSON) throws(MatrixError) {
        algorithm = try body.text("algorithm")
        guard (1...255).contains(algorithm.utf8.count) else { throw .invalidParam("the algorithm must have 1 to 255 bytes") }
        guard let data = body["auth_data"] else { throw .missingParam("auth_data is missing") }
        guard data.kind == .object else { throw .badJSON("auth_data must be an object") }
        guard data.raw.count <= 65_536 else { throw .tooLarge("auth_data has at most 65536 bytes") }
        authData = Array(data.raw)
    }
}

/// One backed-up room key, sealed by its owner.
///
/// [Specification](https://spec.matrix.org/v1.19/client-server-api/#server-side-key-backups)
package struct BackedUpKey: Sendable {
    let isVerified: Bool
    let firstIndex: Int64
    let forwarded: Int64
    /// All of it, as uploaded.
    let object: [UInt8]

    /// Reads a key.
    /// - Throws: `M_MISSING_PARAM`, `M_BAD_JSON`, `M_TOO_LARGE`.
    package init(parsing object: JSON) throws(MatrixError) {
        guard object.kind == .object else { throw .badJSON("a backed-up key must be an object") }
        guard object.raw.count <= 65_536 else { throw .tooLarge("a backed-up key has at most 65536 bytes") }
        firstIndex = try object.count("first_message_index")
        forwarded = try object.count("forwarded_count")
        guard let verified = object["is_verified"] else { throw .missingParam("is_verified is missing") }
        guard let isVerified = verified.bool else { throw .badJSON("is_verified must be true or false") }
        guard let data = object["session_data"] else { throw .missingParam("session_data is missing") }
        guard data.kind == .object else { throw .badJSON("session_data must be an object") }
        self.isVerified = isVerified
        self.object = Array(object.raw)
    }

    /// Whether this key takes the place of one with these facts: verified goes before not, then the lower index, then the fewer
    /// hands it went through.
    package func isBetter(thanVerified verified: Bool, firstIndex: Int64, forwarded: Int64) -> Bool {
        if isVerified != verified { return isVerified }
        if self.firstIndex != firstIndex { return self.firstIndex < firstIndex }
        return self.forwarded < forwarded
    }

    /// Whether this key takes the place of another.
    package func isBetter(than other: BackedUpKey) -> Bool {
        isBetter(thanVerified: other.isVerified, firstIndex: other.firstIndex, forwarded: other.forwarded)
    }
}

/// A key with the names it is kept under.
package struct BackupItem: Sendable {
    /// The room that the key is for, as the client names it.
    let room: String
    /// The session.
    let session: String
    /// The key.
    let key: BackedUpKey

    /// A key under its names.
    /// - Throws: `M_INVALID_PARAM` for names that are empty or too long.
    package init(room: String, session: String, key: BackedUpKey) throws(MatrixError) {
        guard (1...255).contains(room.utf8.count), (1...255).contains(session.utf8.count) else {
            throw .invalidParam("the names of a room and a session have 1 to 255 bytes")
        }
        self.room = room
        self.session = session
        self.key = key
    }

    /// Reads `rooms`: rooms to `sessions` to keys.
    /// - Throws: `M_MISSING_PARAM`, `M_BAD_JSON`, `M_INVALID_PARAM`.
    package static func all(inRooms body: JSON) throws(MatrixError) -> [BackupItem] {
        guard let rooms = body["rooms"] else { throw .missingParam("rooms is missing") }
        guard rooms.kind == .object else { throw .badJSON("rooms must be an object") }
        var items: [BackupItem] = []
        for (room, object) in rooms.members {
            guard object.kind == .object else { throw .badJSON("a room must be an object") }
            items += try all(inSessions: object, of: room)
        }
        return items
    }

    /// Reads `sessions` of one room.
    /// - Throws: `M_MISSING_PARAM`, `M_BAD_JSON`, `M_INVALID_PARAM`.
    package static func all(inSessions body: JSON, of room: String) throws(MatrixError) -> [BackupItem] {
        guard let sessions = body["sessions"] else { throw .missingParam("sessions is missing") }
        guard sessions.kind == .object else { throw .badJSON("sessions must be an object") }
        var items: [BackupItem] = []
        for (session, object) in sessions.members {
            items.append(try BackupItem(room: room, session: session, key: try BackedUpKey(parsing: object)))
        }
        return items
    }
}

extension JSON {
    /// A member that must be a whole number from zero on.
    fileprivate func count(_ key: String) throws(MatrixError) -> Int64 {
        guard let value = self[key] else { throw .missingParam("\(key) is missing") }
        guard let number = value.int, number >= 0 else { throw .badJSON("\(key) must be a whole number from zero on") }
        return number
    }
}
