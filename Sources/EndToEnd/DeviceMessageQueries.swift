import Matrix
import Storage

/// SQL over the messages that wait for devices.
enum DeviceMessageQueries {
    /// Whether a device has sent this before; remembers that it has.
    static func isFirst(_ tag: [UInt8], by person: Int64, _ device: String, at now: Int64, _ tx: Transaction) throws -> Bool {
        try tx.run(
            """
            INSERT INTO device_message_transactions(person, device, tag, created_at) VALUES (?, ?, ?, ?)
            ON CONFLICT (person, device, tag) DO NOTHING
            """, .int(person), .text(device), .blob(tag), .int(now)) == 1
    }

    /// Puts a message into the queue of a device.
    static func insert(
        _ event: [UInt8], for person: Int64, _ device: String, from sender: Int64, at position: Int64, _ tx: Transaction
    ) throws {
        let sealed = try tx.seal(event, .person(person), place: place(person, device, position))
        try tx.run(
            "INSERT INTO device_messages(person, device, position, sender, sealed) VALUES (?, ?, ?, ?, ?)",
            .int(person), .text(device), .int(position), .int(sender), .blob(sealed))
    }

    /// Keeps the newest messages of a sender, and the newest of all; how many were dropped.
    static func trim(
        _ person: Int64, _ device: String, from sender: Int64, keeping ofSender: Int, of all: Int, _ tx: Transaction
    ) throws -> Int {
        var dropped = 0
        let last = try tx.first(
            """
            SELECT position FROM device_messages WHERE person = ? AND device = ? AND sender = ?
            ORDER BY position DESC LIMIT 1 OFFSET ?
            """, .int(person), .text(device), .int(sender), .int(ofSender))
        if let last {
            dropped += try tx.run(
                "DELETE FROM device_messages WHERE person = ? AND device = ? AND sender = ? AND position <= ?",
                .int(person), .text(device), .int(sender), .int(last.int(0)))
        }
        let oldest = try tx.first(
            "SELECT position FROM device_messages WHERE person = ? AND device = ? ORDER BY position DESC LIMIT 1 OFFSET ?",
            .int(person), .text(device), .int(all))
        if let oldest { dropped += try delete(person, device, upTo: oldest.int(0), tx) }
        return dropped
    }

    /// The messages with `after < position <= upTo`, the oldest first, as clients get them.
    static func messages(
        for person: Int64, _ device: String, after: Int64, upTo: Int64, limit: Int, _ tx: Transaction
    ) throws -> [(position: Int64, event: [UInt8])] {
        try tx.rows(
            """
            SELECT position, sealed FROM device_messages
            WHERE person = ? AND device = ? AND position > ? AND position <= ? ORDER BY position LIMIT ?
            """, .int(person), .text(device), .int(after), .int(upTo), .int(limit)
        ).map { row in
            let position = try row.int(0)
            return (position, try tx.open(row.blob(1), .person(person), place: place(person, device, position)))
        }
    }

    /// Whether there are messages up to a position.
    static func hasAny(for person: Int64, _ device: String, upTo: Int64, _ tx: Transaction) throws -> Bool {
        try tx.first(
            "SELECT 1 FROM device_messages WHERE person = ? AND device = ? AND position <= ? LIMIT 1",
            .int(person), .text(device), .int(upTo)) != nil
    }

    /// Removes the messages up to a position; how many there were.
    @discardableResult
    static func delete(_ person: Int64, _ device: String, upTo: Int64, _ tx: Transaction) throws -> Int {
        try tx.run(
            "DELETE FROM device_messages WHERE person = ? AND device = ? AND position <= ?",
            .int(person), .text(device), .int(upTo))
    }

    private static func place(_ person: Int64, _ device: String, _ position: Int64) -> String {
        "device_messages/\(person)/\(device)/\(position)"
    }
}
