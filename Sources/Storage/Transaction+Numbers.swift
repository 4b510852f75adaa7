import Keys
import Matrix

extension Transaction {
    /// The number of a person, nil for somebody never seen here.
    package func number(of user: UserID) throws -> Int64? { try known(user) }

    /// The number of a room, nil for one never seen here.
    package func number(of room: RoomID) throws -> Int64? { try known(room) }

    /// The number of a person, given out now if need be.
    package func intern(_ user: UserID) throws -> Int64 { try known(user) ?? add(user) }

    /// The number of a room, given out now if need be.
    package func intern(_ room: RoomID) throws -> Int64 { try known(room) ?? add(room) }

    /// The person of a number.
    package func user(_ number: Int64) throws -> UserID { try name(number) }

    /// The room of a number.
    package func room(_ number: Int64) throws -> RoomID { try name(number) }
}

/// A name that the database holds as a number, with a table and a memory of its own.
protocol Numbered: MatrixIdentifier {
    static var table: String { get }
    static var purpose: TagPurpose { get }
    static func cache(in memory: StoreMemory) -> NumberCache<Self>
    static func learn(_ name: Self, _ number: Int64, in effects: inout WriterState.Effects)
}

extension UserID: Numbered {
    static var table: String { "person_numbers" }
    static var purpose: TagPurpose { .user }
    static func cache(in memory: StoreMemory) -> NumberCache<UserID> { memory.people }
    static func learn(_ name: UserID, _ number: Int64, in effects: inout WriterState.Effects) {
        effects.people.append((name, number))
    }
}

extension RoomID: Numbered {
    static var table: String { "room_numbers" }
    static var purpose: TagPurpose { .room }
    static func cache(in memory: StoreMemory) -> NumberCache<RoomID> { memory.rooms }
    static func learn(_ name: RoomID, _ number: Int64, in effects: inout WriterState.Effects) {
        effects.rooms.append((name, number))
    }
}

extension Transaction {
    private func known<Name: Numbered>(_ name: Name) throws -> Int64? {
        if let number = Name.cache(in: memory).number(name) { return number }
        let tag = tag(name.rawValue, Name.purpose)
        guard let number = try first("SELECT number FROM \(Name.table) WHERE tag = ?", .blob(tag))?.int(0) else { return nil }
        learn(name, number)
        return number
    }

    // The tag is the place, so a name cannot be moved to another row. The server's key seals it: events name their senders for
    // as long as the room exists, also after the key of the person is gone.
    private func add<Name: Numbered>(_ name: Name) throws -> Int64 {
        let tag = tag(name.rawValue, Name.purpose)
        let sealed = try seal(name.rawValue.utf8, .server, place: Self.place(tag, Name.table))
        let row = try first(
            "INSERT INTO \(Name.table) (tag, sealed) VALUES (?, ?) RETURNING number", .blob(tag), .blob(sealed))
        guard let number = try row?.int(0) else { throw StorageError.statement(detail: "no number was given out") }
        learn(name, number)
        return number
    }

    private func name<Name: Numbered>(_ number: Int64) throws -> Name {
        if let name = Name.cache(in: memory).name(number) { return name }
        guard let row = try first("SELECT tag, sealed FROM \(Name.table) WHERE number = ?", .int(number)) else {
            throw StorageError.damaged(detail: "no name behind number \(number) in \(Name.table)")
        }
        let opened = try open(row.blob(1), .server, place: Self.place(row.blob(0), Name.table))
        let name = try Name(parsing: String(decoding: opened, as: UTF8.self))
        learn(name, number)
        return name
    }

    // What a writing transaction reads may not be committed yet: it is published with the commit.
    private func learn<Name: Numbered>(_ name: Name, _ number: Int64) {
        if let writer {
            Name.learn(name, number, in: &writer.running)
        } else {
            Name.cache(in: memory).keep(name, number)
        }
    }

    private static func place(_ tag: [UInt8], _ table: String) -> String { "\(table)/\(Hex.encode(tag))" }
}
