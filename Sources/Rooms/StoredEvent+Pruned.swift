import Matrix
import Storage

extension StoredEvent {
    /// The event with the content that a redaction would leave.
    func pruned(_ tx: Transaction) throws -> StoredEvent {
        guard let version = try RoomInfoQueries.version(of: roomNumber, tx) else { throw RoomReadError.damaged }
        var writer = JSONWriter(capacity: client.count)
        let left = Redaction.content(try content, of: type, version: version)
        try writer.object { object in
            for (key, value) in try parsed.members {
                if key == "content" { object.memberRaw(key, left) } else { object.memberRaw(key, value.raw) }
            }
        }
        return StoredEvent(
            position: position, roomNumber: roomNumber, eventID: eventID, type: type, stateKey: stateKey, sender: sender,
            senderNumber: senderNumber, originServerTS: originServerTS, replaces: replaces, redactedBy: redactedBy,
            client: Array(writer.bytes.dropLast()), transaction: nil)
    }
}
