import Matrix
import Storage

/// The statements of aliases. An alias is found by its tag; its name is sealed with the server's key.
enum AliasQueries {
    /// Where an alias leads and who made it.
    struct Entry {
        let room: Int64
        let creator: Int64
    }

    static func entry(_ alias: RoomAlias, _ tx: Transaction) throws -> Entry? {
        try tx.first("SELECT room, creator FROM aliases WHERE tag = ?", .blob(tx.tag(alias.rawValue, .alias)))
            .map { Entry(room: try $0.int(0), creator: try $0.int(1)) }
    }

    static func room(of alias: RoomAlias, _ tx: Transaction) throws -> Int64? { try entry(alias, tx)?.room }

    /// - Throws: ``RoomError/aliasTaken`` as `M_ROOM_IN_USE` when it exists.
    static func add(_ alias: RoomAlias, to room: Int64, by creator: Int64, _ tx: Transaction) throws {
        let tag = tx.tag(alias.rawValue, .alias)
        let sealed = try tx.seal(alias.rawValue.utf8, .server, place: place(tag))
        let added = try tx.run(
            "INSERT INTO aliases(tag, room, sealed, creator) VALUES (?, ?, ?, ?) ON CONFLICT (tag) DO NOTHING",
            .blob(tag), .int(room), .blob(sealed), .int(creator))
        guard added == 1 else { throw MatrixError.roomInUse("this alias already leads to a room") }
    }

    static func remove(_ alias: RoomAlias, _ tx: Transaction) throws {
        try tx.run("DELETE FROM aliases WHERE tag = ?", .blob(tx.tag(alias.rawValue, .alias)))
    }

    /// Makes all aliases of a room lead to another one.
    static func move(from room: Int64, to other: Int64, _ tx: Transaction) throws {
        try tx.run("UPDATE aliases SET room = ? WHERE room = ?", .int(other), .int(room))
    }

    static func aliases(of room: Int64, _ tx: Transaction) throws -> [RoomAlias] {
        try tx.rows("SELECT tag, sealed FROM aliases WHERE room = ?", .int(room)).map { row in
            let name = try tx.open(try row.blob(1), .server, place: place(try row.blob(0)))
            return try RoomAlias(parsing: String(decoding: name, as: UTF8.self))
        }.sorted { $0.rawValue < $1.rawValue }
    }

    private static func place(_ tag: [UInt8]) -> String { "aliases/" + Base64.encode(tag) }
}

/// The statements of rooms as such and of their entries in the directory.
enum DirectoryQueries {
    static func insertRoom(
        _ room: Int64, version: RoomVersion, creator: Int64, at now: Int64, _ tx: Transaction
    ) throws {
        try tx.run(
            "INSERT INTO room_info(room, version, creator, created_at, published) VALUES (?, ?, ?, ?, 0)",
            .int(room), .text(version.rawValue), .int(creator), .int(now))
    }

    static func publish(_ room: Int64, _ isPublished: Bool, _ tx: Transaction) throws {
        try tx.run("UPDATE room_info SET published = ? WHERE room = ?", .int(isPublished ? 1 : 0), .int(room))
    }

    static func isPublished(_ room: Int64, _ tx: Transaction) throws -> Bool? {
        try tx.first("SELECT published FROM room_info WHERE room = ?", .int(room)).map { try $0.int(0) == 1 }
    }

    static func isWorldReadable(_ room: Int64, _ tx: Transaction) throws -> Bool {
        try tx.first(
            "SELECT visibility FROM visibility_changes WHERE room = ? ORDER BY position DESC LIMIT 1", .int(room)
        )?.text(0) == "world_readable"
    }
}
