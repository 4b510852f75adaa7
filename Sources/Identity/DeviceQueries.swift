import Matrix
import Storage

/// SQL over `devices`.
enum DeviceQueries {
    /// Whether the device is new.
    static func insert(_ user: Int64, _ device: String, name: String?, at now: Int64, _ tx: Transaction) throws -> Bool {
        let sealed = try name.map { try tx.seal($0.utf8, .person(user), place: place(user, device, "name")) }
        return try tx.run(
            "INSERT INTO devices(user, device, created_at, name) VALUES (?, ?, ?, ?) ON CONFLICT (user, device) DO NOTHING",
            .int(user), .text(device), .int(now), SQLValue(sealed)) == 1
    }

    static func rename(_ user: Int64, _ device: String, _ name: String, _ tx: Transaction) throws -> Bool {
        let sealed = try tx.seal(name.utf8, .person(user), place: place(user, device, "name"))
        return try tx.run(
            "UPDATE devices SET name = ? WHERE user = ? AND device = ?", .blob(sealed), .int(user), .text(device)) == 1
    }

    static func exists(_ user: Int64, _ device: String, _ tx: Transaction) throws -> Bool {
        try tx.first("SELECT 1 FROM devices WHERE user = ? AND device = ?", .int(user), .text(device)) != nil
    }

    static func device(_ user: Int64, _ device: String, _ tx: Transaction) throws -> Device? {
        try tx.first(
            "SELECT device, name, seen_at, seen_from FROM devices WHERE user = ? AND device = ?",
            .int(user), .text(device)
        ).map { try self.device($0, user, tx) }
    }

    static func devices(of user: Int64, _ tx: Transaction) throws -> [Device] {
        try tx.rows("SELECT device, name, seen_at, seen_from FROM devices WHERE user = ? ORDER BY created_at, device", .int(user))
            .map { try device($0, user, tx) }
    }

    /// The IDs of a person's devices.
    static func identifiers(of user: Int64, _ tx: Transaction) throws -> [String] {
        try tx.rows("SELECT device FROM devices WHERE user = ? ORDER BY device", .int(user)).map { try $0.text(0) }
    }

    /// The names of a person's devices that have one.
    static func names(of user: Int64, _ tx: Transaction) throws -> [String: String] {
        var names: [String: String] = [:]
        for row in try tx.rows("SELECT device, name FROM devices WHERE user = ? AND name IS NOT NULL", .int(user)) {
            let device = try row.text(0)
            let name = try tx.open(row.blob(1), .person(user), place: place(user, device, "name"))
            names[device] = String(decoding: name, as: UTF8.self)
        }
        return names
    }

    /// Removes a device with its tokens; whether it was there.
    static func delete(_ user: Int64, _ device: String, _ tx: Transaction) throws -> Bool {
        try tx.run("DELETE FROM devices WHERE user = ? AND device = ?", .int(user), .text(device)) == 1
    }

    static func saw(_ sighting: LastSeen.Sighting, _ tx: Transaction) throws {
        let (user, device) = (sighting.device.user, sighting.device.device)
        // A sighting may come later than the end of its device, and must not bring back a key that was destroyed.
        guard try exists(user, device, tx) else { return }
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("address", sighting.address)
            writer.member("agent", sighting.agent)
        }
        let sealed = try tx.seal(writer.bytes, .person(user), place: place(user, device, "seen"))
        _ = try tx.run(
            "UPDATE devices SET seen_at = ?, seen_from = ? WHERE user = ? AND device = ?",
            .int(sighting.at), .blob(sealed), .int(user), .text(device))
    }

    private static func device(_ row: Record, _ user: Int64, _ tx: Transaction) throws -> Device {
        let id = try row.text(0)
        let name = try row.optionalBlob(1).map {
            String(decoding: try tx.open($0, .person(user), place: place(user, id, "name")), as: UTF8.self)
        }
        let seen = try row.optionalBlob(3).map {
            try JSON(parsing: try tx.open($0, .person(user), place: place(user, id, "seen")))
        }
        return Device(
            id: id, displayName: name, lastSeenAt: try row.optionalInt(2), lastSeenAddress: seen?["address"]?.string,
            lastSeenAgent: seen?["agent"]?.string)
    }

    private static func place(_ user: Int64, _ device: String, _ what: String) -> String {
        "devices/\(user)/\(device)/\(what)"
    }
}
