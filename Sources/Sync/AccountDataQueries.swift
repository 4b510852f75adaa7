import Matrix
import Storage

/// One piece of account data as `/sync` gives it.
struct AccountDatum: Sendable {
    /// The number of its room, 0 for none.
    let room: Int64
    /// Its type.
    let type: String
    /// Its place in the order of changes.
    let position: Int64
    /// The whole event: `{"type":…,"content":…}`.
    let event: [UInt8]

    /// What it says.
    var content: JSON {
        get throws {
            let parsed = try JSON(parsing: event, limits: AccountDataQueries.limits)
            return try parsed["content"] ?? JSON(parsing: [0x7B, 0x7D])
        }
    }
}

/// The statements of account data.
enum AccountDataQueries {
    /// What a stored event may be: a request's body, and its name.
    static let limits = JSON.Limits(maxBytes: (1 << 20) + 4_096, maxDepth: 70)

    /// One piece, or nil.
    static func datum(_ type: String, of person: Int64, in room: Int64, _ tx: Transaction) throws -> AccountDatum? {
        try tx.first(
            "SELECT room, type, position, sealed FROM account_data WHERE person = ? AND room = ? AND type = ?",
            .int(person), .int(room), .text(tx.typeColumn(type))
        ).map { try datum($0, person, tx) }
    }

    /// Everything of a person that changed with `after < position <= upTo`, oldest change first.
    static func changes(of person: Int64, after: Int64, upTo: Int64, _ tx: Transaction) throws -> [AccountDatum] {
        try tx.rows(
            """
            SELECT room, type, position, sealed FROM account_data
            WHERE person = ? AND position > ? AND position <= ? ORDER BY position
            """,
            .int(person), .int(after), .int(upTo)
        ).map { try datum($0, person, tx) }
    }

    /// What a person keeps about one room.
    static func all(of person: Int64, in room: Int64, upTo: Int64, _ tx: Transaction) throws -> [AccountDatum] {
        try tx.rows(
            """
            SELECT room, type, position, sealed FROM account_data
            WHERE person = ? AND room = ? AND position <= ? ORDER BY position
            """,
            .int(person), .int(room), .int(upTo)
        ).map { try datum($0, person, tx) }
    }

    /// Puts a piece in the place of the one of before.
    /// - Parameter content: the bytes of a JSON object, kept as they are.
    static func set(
        _ type: String, content: some Collection<UInt8>, of person: Int64, in room: Int64, _ tx: Transaction
    ) throws -> Int64 {
        var writer = JSONWriter(capacity: content.count + 64)
        writer.object { event in
            event.member("type", type)
            event.memberRaw("content", content)
        }
        let position = try tx.nextPosition()
        let column = tx.typeColumn(type)
        try tx.run(
            """
            INSERT INTO account_data(person, room, type, position, sealed) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (person, room, type) DO UPDATE SET position = excluded.position, sealed = excluded.sealed
            """,
            .int(person), .int(room), .text(column), .int(position),
            .blob(try tx.seal(writer.bytes, .person(person), place: place(room, column))))
        return position
    }

    private static func place(_ room: Int64, _ column: String) -> String { "account_data/\(room)/\(column)" }

    private static func datum(_ row: Record, _ person: Int64, _ tx: Transaction) throws -> AccountDatum {
        let room = try row.int(0)
        let column = try row.text(1)
        let event = try tx.open(row.blob(3), .person(person), place: place(room, column))
        // A type outside of the specification's namespace is named only inside the seal.
        let type = column.hasPrefix("~") ? try JSON(parsing: event, limits: limits)["type"]?.string ?? "" : column
        return AccountDatum(room: room, type: type, position: try row.int(2), event: event)
    }
}
