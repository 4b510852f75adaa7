import Keys
import Matrix

extension Transaction {
    /// The number of a person, nil for somebody never seen here.
    package func number(of user: UserID) throws -> Int64? {
        if let number = memory.people.number(user) { return number }
        guard let number = try number(in: .people, tag: tag(user.rawValue, .user)) else { return nil }
        learn(user, number)
        return number
    }

    /// The number of a person, given out now if need be.
    package func intern(_ user: UserID) throws -> Int64 {
        if let number = try number(of: user) { return number }
        let number = try add(user.rawValue, to: .people, tag: tag(user.rawValue, .user))
        learn(user, number)
        return number
    }

    /// The person of a number.
    package func user(_ number: Int64) throws -> UserID {
        if let user = memory.people.name(number) { return user }
        let user = try UserID(parsing: name(number, in: .people))
        learn(user, number)
        return user
    }

    /// The number of a room, nil for one never seen here.
    package func number(of room: RoomID) throws -> Int64? {
        if let number = memory.rooms.number(room) { return number }
        guard let number = try number(in: .rooms, tag: tag(room.rawValue, .room)) else { return nil }
        learn(room, number)
        return number
    }

    /// The number of a room, given out now if need be.
    package func intern(_ room: RoomID) throws -> Int64 {
        if let number = try number(of: room) { return number }
        let number = try add(room.rawValue, to: .rooms, tag: tag(room.rawValue, .room))
        learn(room, number)
        return number
    }

    /// The room of a number.
    package func room(_ number: Int64) throws -> RoomID {
        if let room = memory.rooms.name(number) { return room }
        let room = try RoomID(parsing: name(number, in: .rooms))
        learn(room, number)
        return room
    }

    // What a writing transaction reads may not be committed yet: it is published with the commit.
    private func learn(_ user: UserID, _ number: Int64) {
        if let writer { writer.running.people.append((user, number)) } else { memory.people.keep(user, number) }
    }

    private func learn(_ room: RoomID, _ number: Int64) {
        if let writer { writer.running.rooms.append((room, number)) } else { memory.rooms.keep(room, number) }
    }
}

extension Transaction {
    private enum NumberTable: String {
        case people = "person_numbers"
        case rooms = "room_numbers"
    }

    private func number(in table: NumberTable, tag: [UInt8]) throws -> Int64? {
        try first("SELECT number FROM \(table.rawValue) WHERE tag = ?", .blob(tag))?.int(0)
    }

    // The tag is the place, so a name cannot be moved to another row. The server's key seals it: events name their senders for
    // as long as the room exists, also after the key of the person is gone.
    private func add(_ name: String, to table: NumberTable, tag: [UInt8]) throws -> Int64 {
        let sealed = try seal(name.utf8, .server, place: "\(table.rawValue)/\(Hex.encode(tag))")
        let row = try first(
            "INSERT INTO \(table.rawValue) (tag, sealed) VALUES (?, ?) RETURNING number", .blob(tag), .blob(sealed))
        guard let row else { throw StorageError.statement(detail: "no number was given out") }
        return try row.int(0)
    }

    private func name(_ number: Int64, in table: NumberTable) throws -> String {
        guard let row = try first("SELECT tag, sealed FROM \(table.rawValue) WHERE number = ?", .int(number)) else {
            throw StorageError.damaged(detail: "no name behind number \(number) in \(table.rawValue)")
        }
        let place = "\(table.rawValue)/\(Hex.encode(try row.blob(0)))"
        return String(decoding: try open(row.blob(1), .server, place: place), as: UTF8.self)
    }
}
