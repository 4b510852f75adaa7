import Matrix
import Storage

/// The plaintext of `events.sealed`: the event as clients get it, as servers would get it, and the transaction it was sent with.
///
/// Layout: two big-endian 32-bit lengths (client, transaction), client bytes, transaction (`device`, NUL, `id`), federation bytes.
package struct EventRecord: Sendable, Equatable {
    /// The bytes of `PDU.client`.
    package let client: [UInt8]
    /// The bytes of `PDU.federation`.
    package let federation: [UInt8]
    /// The transaction of the sending device, if the event came through one.
    package let transaction: SendingTransaction?

    /// Under which transaction ID which device sent an event; only that device is told.
    package struct SendingTransaction: Sendable, Equatable {
        /// The device that sent the event.
        package let device: String
        /// Its transaction ID.
        package let id: String

        /// The mark of a device's request.
        package init(device: String, id: String) {
            self.device = device
            self.id = id
        }
    }

    /// A record of these parts.
    package init(client: [UInt8], federation: [UInt8], transaction: SendingTransaction? = nil) {
        self.client = client
        self.federation = federation
        self.transaction = transaction
    }

    /// Where a record lies: the associated data of its seal.
    static func place(_ eventID: EventID) -> String { "events/\(eventID.rawValue)" }

    /// The bytes to seal.
    package var bytes: [UInt8] {
        let sending: [UInt8] = transaction.map { Array($0.device.utf8) + [0] + Array($0.id.utf8) } ?? []
        var result: [UInt8] = []
        result.reserveCapacity(8 + client.count + sending.count + federation.count)
        Self.append(length: client.count, to: &result)
        Self.append(length: sending.count, to: &result)
        result += client
        result += sending
        result += federation
        return result
    }

    /// Reads a record back; `nil` if the bytes are not one.
    package init?(bytes: [UInt8]) {
        guard let clientLength = Self.length(bytes, at: 0), let sendingLength = Self.length(bytes, at: 4),
            bytes.count >= 8 + clientLength + sendingLength
        else { return nil }
        let sendingStart = 8 + clientLength
        let federationStart = sendingStart + sendingLength
        let sending = bytes[sendingStart..<federationStart]
        client = Array(bytes[8..<sendingStart])
        federation = Array(bytes[federationStart...])
        if let nul = sending.firstIndex(of: 0) {
            transaction = SendingTransaction(
                device: String(decoding: sending[..<nul], as: UTF8.self),
                id: String(decoding: sending[(nul + 1)...], as: UTF8.self))
        } else {
            transaction = nil
        }
    }

    private static func append(length: Int, to bytes: inout [UInt8]) {
        for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: length >> shift)) }
    }

    private static func length(_ bytes: [UInt8], at offset: Int) -> Int? {
        guard bytes.count >= offset + 4 else { return nil }
        return bytes[offset..<(offset + 4)].reduce(0) { $0 << 8 | Int($1) }
    }
}

extension StoredEvent {
    /// The columns of `events` that `init(_:_:)` reads, in its order.
    static let columns = "position, room, event_id, sender, type, state_tag, replaces, origin_ts, redacted_by, sealed"
    /// The same for a join.
    static let joinedColumns = columns.split(separator: ", ").map { "events.\($0)" }.joined(separator: ", ")

    /// Opens a row of `events`; throws ``RoomReadError/damaged`` when its bytes are no event.
    init(_ row: Record, _ tx: Transaction) throws {
        let room = try row.int(1)
        let eventID = try EventID(parsing: row.text(2))
        let opened = try tx.open(row.blob(9), .room(room), place: EventRecord.place(eventID))
        guard let record = EventRecord(bytes: opened) else { throw RoomReadError.damaged }
        let column = try row.text(4)
        let isState = !row.isNull(5)
        var type = column
        var stateKey: String?
        // The columns tell everything about an ordinary message; other events say their type or state key only inside the seal.
        if isState || column.hasPrefix("~") {
            let parsed = try Self.parse(record.client)
            guard let named = parsed["type"]?.string else { throw RoomReadError.damaged }
            type = named
            stateKey = isState ? parsed["state_key"]?.string : nil
        }
        try self.init(
            position: row.int(0), roomNumber: room, eventID: eventID, type: type, stateKey: stateKey,
            sender: tx.user(row.int(3)), senderNumber: row.int(3), originServerTS: row.int(7), replaces: row.optionalInt(6),
            redactedBy: row.optionalInt(8), client: record.client, transaction: record.transaction)
    }
}
