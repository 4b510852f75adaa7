import Audit
import Matrix
import Rooms
import Storage

extension KeyServer {
    /// Puts messages into the queues of devices and wakes them. The same transaction ID from the same device sends once. Devices
    /// and people that do not exist are passed over in silence.
    /// - Throws: `M_TOO_LARGE`, `M_INVALID_PARAM` for an impossible transaction ID.
    package func send(
        _ messages: DeviceMessages, transaction: String, by requester: Requester, at now: Int64
    ) async throws {
        guard (1...255).contains(transaction.utf8.count) else {
            throw MatrixError.invalidParam("the transaction ID must have 1 to 255 bytes")
        }
        guard messages.count <= limits.recipients else { throw MatrixError.tooLarge("too many devices in one request") }
        for (_, contents) in messages.recipients {
            guard contents.allSatisfy({ $0.content.raw.count <= limits.messageBytes }) else {
                throw MatrixError.tooLarge("the content of a message has at most \(limits.messageBytes) bytes")
            }
        }
        try await store.write { tx in
            let tag = tx.tag("to-device/\(messages.type)/\(transaction)", .transaction)
            let isFirst = try DeviceMessageQueries.isFirst(
                tag, by: requester.number, requester.device ?? "", at: now, tx)
            guard isFirst else { return }
            let position = try tx.nextPosition()
            var reached: [(person: Int64, device: String)] = []
            for (user, contents) in messages.recipients where user.serverName == serverName {
                guard let person = try tx.number(of: user) else { continue }
                for (device, content) in try addressed(contents, of: person, tx) {
                    try deliver(
                        messages.event(content, from: requester.user), to: person, device, from: requester.number, position, tx)
                    reached.append((person, device))
                }
            }
            let target = reached.count == 1 ? reached[0].device : "\(reached.count) devices"
            try AuditLog.append(
                AuditEntry(
                    code: .deviceMessageSend, by: requester, target: target, reason: tx.typeColumn(messages.type), time: now),
                tx)
            guard !reached.isEmpty else { return }
            let (hub, devices) = (hub, reached)
            tx.afterCommit { hub.devicesChanged(devices, position: position) }
        }
    }

    /// The devices that exist, each once: what names a device goes before `*`.
    private func addressed(
        _ contents: [(device: String, content: JSON)], of person: Int64, _ tx: Transaction
    ) throws -> [(device: String, content: JSON)] {
        let known = try everyDevice(of: person, tx)
        let named = contents.filter { $0.device != "*" && known.contains($0.device) }
        guard let all = contents.first(where: { $0.device == "*" })?.content else { return named }
        let taken = Set(named.map(\.device))
        return named + known.filter { !taken.contains($0) }.map { ($0, all) }
    }

    /// The IDs of somebody's devices, the dehydrated one among them.
    func everyDevice(of person: Int64, _ tx: Transaction) throws -> [String] {
        var known = try devices.identifiers(person, tx)
        if let dehydrated = try DehydratedQueries.device(of: person, tx)?.id, !known.contains(dehydrated) {
            known.append(dehydrated)
        }
        return known
    }

    private func deliver(
        _ event: [UInt8], to person: Int64, _ device: String, from sender: Int64, _ position: Int64, _ tx: Transaction
    ) throws {
        try DeviceMessageQueries.insert(event, for: person, device, from: sender, at: position, tx)
        // A device that never comes back must not fill the disk, and nobody can push out what others have sent.
        _ = try DeviceMessageQueries.trim(
            person, device, from: sender, keeping: limits.messagesOfSender, of: limits.messages, tx)
    }
}
