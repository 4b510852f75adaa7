import Matrix
import Storage

/// A device that exists only as sealed data of its owner: it receives messages while no other device of his is there.
struct DehydratedDevice: Sendable {
    /// The device ID.
    let id: String
    /// What its owner needs to bring it back to life: `device_data` as uploaded.
    let data: [UInt8]
    /// The name that others see.
    let displayName: String?
}

/// SQL over dehydrated devices, of which everybody has at most one.
enum DehydratedQueries {
    static func device(of person: Int64, _ tx: Transaction) throws -> DehydratedDevice? {
        guard let row = try tx.first("SELECT device, sealed FROM dehydrated_devices WHERE person = ?", .int(person)) else {
            return nil
        }
        let sealed = try JSON(parsing: tx.open(row.blob(1), .person(person), place: place(person)))
        return DehydratedDevice(
            id: try row.text(0), data: (sealed["device_data"]?.raw).map(Array.init) ?? [0x7B, 0x7D],
            displayName: sealed["name"]?.string)
    }

    static func set(_ device: DehydratedDevice, of person: Int64, _ tx: Transaction) throws {
        var writer = JSONWriter(capacity: device.data.count + 64)
        writer.object { writer in
            writer.memberRaw("device_data", device.data)
            if let name = device.displayName { writer.member("name", name) }
        }
        try tx.run(
            """
            INSERT INTO dehydrated_devices(person, device, sealed) VALUES (?, ?, ?)
            ON CONFLICT (person) DO UPDATE SET device = excluded.device, sealed = excluded.sealed
            """, .int(person), .text(device.id), .blob(try tx.seal(writer.bytes, .person(person), place: place(person))))
    }

    static func remove(of person: Int64, _ tx: Transaction) throws {
        try tx.run("DELETE FROM dehydrated_devices WHERE person = ?", .int(person))
    }

    private static func place(_ person: Int64) -> String { "dehydrated_devices/\(person)" }
}
