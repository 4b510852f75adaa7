import Storage
import Synchronization

/// What others keep in step with devices and accounts, inside the transaction that changes them: what throws there undoes the
/// change. The composition root wires it.
package struct DeviceWatch: Sendable {
    /// A device is about to be made; throws to refuse it.
    let appears: @Sendable (_ device: String, _ person: Int64, _ tx: Transaction) throws -> Void
    /// A device got another name.
    let renamed: @Sendable (_ device: String, _ person: Int64, _ tx: Transaction) throws -> Void
    /// Devices were removed.
    let removed: @Sendable (_ devices: [String], _ person: Int64, _ tx: Transaction) throws -> Void
    /// An account was deactivated; its devices were removed before.
    let deactivated: @Sendable (_ person: Int64, _ tx: Transaction) throws -> Void

    /// A watch of its parts; what is left out does nothing.
    package init(
        appears: @escaping @Sendable (_ device: String, _ person: Int64, _ tx: Transaction) throws -> Void = { _, _, _ in },
        renamed: @escaping @Sendable (_ device: String, _ person: Int64, _ tx: Transaction) throws -> Void = { _, _, _ in },
        removed: @escaping @Sendable (_ devices: [String], _ person: Int64, _ tx: Transaction) throws -> Void = { _, _, _ in },
        deactivated: @escaping @Sendable (_ person: Int64, _ tx: Transaction) throws -> Void = { _, _ in }
    ) {
        self.appears = appears
        self.renamed = renamed
        self.removed = removed
        self.deactivated = deactivated
    }
}

extension Accounts {
    /// Lets others keep in step with devices and accounts. To be called before the first request.
    package func watchDevices(_ watch: DeviceWatch) {
        watches.withLock { $0.append(watch) }
    }

    /// The IDs of somebody's devices.
    package func deviceIdentifiers(of person: Int64, _ tx: Transaction) throws -> [String] {
        try DeviceQueries.identifiers(of: person, tx)
    }

    /// What somebody calls his devices; those without a name are left out.
    package func deviceNames(of person: Int64, _ tx: Transaction) throws -> [String: String] {
        try DeviceQueries.names(of: person, tx)
    }

    /// To be called in every transaction that makes a device, before it does.
    func appears(_ person: Int64, _ device: String, _ tx: Transaction) throws {
        for watch in watches.withLock({ $0 }) { try watch.appears(device, person, tx) }
    }

    /// To be called in every transaction that gives a device another name.
    func renamed(_ person: Int64, _ device: String, _ tx: Transaction) throws {
        for watch in watches.withLock({ $0 }) { try watch.renamed(device, person, tx) }
    }

    /// To be called in every transaction that removes devices.
    func removed(_ person: Int64, _ devices: [String], _ tx: Transaction) throws {
        guard !devices.isEmpty else { return }
        for watch in watches.withLock({ $0 }) { try watch.removed(devices, person, tx) }
    }

    /// To be called in the transaction that deactivates an account.
    func deactivated(_ person: Int64, _ tx: Transaction) throws {
        for watch in watches.withLock({ $0 }) { try watch.deactivated(person, tx) }
    }
}
