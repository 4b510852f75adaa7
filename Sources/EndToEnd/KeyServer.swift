import Matrix
import Rooms
import Storage

/// What the server does for end-to-end encryption: it keeps public keys, hands each one-time key out once, carries messages from
/// device to device and says whose keys have changed. It never holds a key that opens anything.
///
/// [Specification](https://spec.matrix.org/v1.19/client-server-api/#end-to-end-encryption)
package struct KeyServer: Sendable {
    /// This server's name.
    let serverName: ServerName
    /// Where it is kept.
    let store: Store
    /// Wakes those who wait.
    let hub: StreamHub
    /// Which devices people are signed in with.
    let devices: KnownDevices
    /// What devices have left of their keys, in memory.
    let supplies = KeySupplies()
    /// How far messages were handed to devices, in memory.
    let handedOut = HandedOut()
    /// What people may leave here.
    let limits: Limits

    /// How much is kept for one device or person.
    package struct Limits: Sendable {
        /// One-time keys of a device.
        package var oneTimeKeys = 2_000
        /// Algorithms of the keys of a device.
        package var algorithms = 16
        /// Bytes of one key with its signatures.
        package var keyBytes = 16_384
        /// Messages that wait for a device.
        package var messages = 20_000
        /// Messages of one sender that wait for a device.
        package var messagesOfSender = 2_000
        /// Bytes of the content of one message.
        package var messageBytes = 65_536
        /// Devices that one request may send to.
        package var recipients = 5_000
        /// Backups of a person that were not deleted.
        package var backups = 50
        /// Keys in one backup.
        package var backedUpKeys = 200_000

        /// What a server starts with.
        package init() {}
    }

    /// A key server over the store.
    package init(
        serverName: ServerName, store: Store, hub: StreamHub, devices: KnownDevices, limits: Limits = Limits()
    ) {
        self.serverName = serverName
        self.store = store
        self.hub = hub
        self.devices = devices
        self.limits = limits
    }

    /// What has to be done now and then: forgets which messages were sent, a day after.
    package func tidy(at now: Int64) async throws {
        let day: Int64 = 86_400_000
        try await store.write { tx in
            try tx.run("DELETE FROM device_message_transactions WHERE created_at < ?", .int(now - day))
        }
    }
}

/// The devices that people are signed in with, which are kept elsewhere.
package struct KnownDevices: Sendable {
    /// The IDs of somebody's devices.
    let identifiers: @Sendable (_ person: Int64, _ tx: Transaction) throws -> [String]
    /// What somebody calls his devices; those without a name are left out.
    let names: @Sendable (_ person: Int64, _ tx: Transaction) throws -> [String: String]

    /// Devices as two questions.
    package init(
        identifiers: @escaping @Sendable (_ person: Int64, _ tx: Transaction) throws -> [String],
        names: @escaping @Sendable (_ person: Int64, _ tx: Transaction) throws -> [String: String]
    ) {
        self.identifiers = identifiers
        self.names = names
    }
}

/// One device of one person.
struct DeviceAddress: Hashable, Sendable {
    let person: Int64
    let device: String
}
