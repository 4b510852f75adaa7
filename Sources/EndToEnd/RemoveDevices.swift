import Matrix
import Rooms
import Storage

extension KeyServer {
    /// Removes everything that was kept for devices, inside the transaction that removes the devices, and announces that they
    /// are gone.
    package func remove(_ devices: [String], of person: Int64, _ tx: Transaction) throws {
        var hadKeys = false
        for device in devices { if try remove(device, of: person, tx) { hadKeys = true } }
        if hadKeys { try keysChanged(of: person, tx) }
    }

    /// Announces, inside the transaction that gives a device another name, that others see its keys under that name.
    package func rename(_ device: String, of person: Int64, _ tx: Transaction) throws {
        if try KeyQueries.identity(of: person, device, tx) != nil { try keysChanged(of: person, tx) }
    }

    /// Removes everything that was kept for a person whose account ends, inside the transaction that ends it.
    package func removeAll(of person: Int64, _ tx: Transaction) throws {
        if let dehydrated = try DehydratedQueries.device(of: person, tx) {
            _ = try remove(dehydrated.id, of: person, tx)
            try DehydratedQueries.remove(of: person, tx)
        }
        try CrossSigningQueries.removeAll(of: person, tx)
        try KeyBackupQueries.removeAll(of: person, tx)
        try keysChanged(of: person, tx)
    }

    /// Refuses a device ID that is the name of a cross-signing key: the two share one namespace, and whoever verifies the one must
    /// not be shown the other.
    /// - Throws: `M_INVALID_PARAM`.
    package func checkNewDevice(_ device: String, of person: Int64, _ tx: Transaction) throws {
        guard try !CrossSigningQueries.isKey(device, of: person, tx) else {
            throw MatrixError.invalidParam("this device ID is taken")
        }
    }

    /// Removes what one device has published, was sent and has signed; whether it had identity keys.
    func remove(_ device: String, of person: Int64, _ tx: Transaction) throws -> Bool {
        let hadKeys = try KeyQueries.removeAll(of: person, device, tx)
        try CrossSigningQueries.forgetKey(device, of: person, tx)
        try DeviceMessageQueries.delete(person, device, upTo: .max, tx)
        try tx.run(
            "DELETE FROM device_message_transactions WHERE person = ? AND device = ?", .int(person), .text(device))
        let position = try tx.nextPosition()
        let (hub, supplies) = (hub, supplies)
        tx.afterCommit {
            // Kept as empty rather than forgotten: a reader that is late must not bring the old one back.
            supplies.keep(.none, of: DeviceAddress(person: person, device: device), at: position)
            hub.forgetDevice(device, of: person)
        }
        return hadKeys
    }
}
