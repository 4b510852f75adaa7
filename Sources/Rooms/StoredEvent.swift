import Matrix

/// An event as it lies in the timeline of its room, opened and ready to be spliced into answers.
package struct StoredEvent: Sendable {
    /// Its place in the order of everything.
    package let position: Int64
    /// The number of its room.
    package let roomNumber: Int64
    /// Its ID.
    package let eventID: EventID
    /// Its type.
    package let type: String
    /// `nil` for what is not state.
    package let stateKey: String?
    /// Who sent it.
    package let sender: UserID
    /// The sender's number.
    package let senderNumber: Int64
    /// When it was sent, in milliseconds since 1970.
    package let originServerTS: Int64
    /// The position of the state event that this one replaced.
    package let replaces: Int64?
    /// The position of the redaction, once there is one.
    package let redactedBy: Int64?
    /// The bytes of `PDU.client`: the client format without `room_id` and without the closing brace.
    package let client: [UInt8]
    /// The transaction it was sent with; told to the sending device alone.
    package let transaction: EventRecord.SendingTransaction?

    /// An event of these parts.
    package init(
        position: Int64, roomNumber: Int64, eventID: EventID, type: String, stateKey: String?, sender: UserID,
        senderNumber: Int64,
        originServerTS: Int64, replaces: Int64?, redactedBy: Int64?, client: [UInt8], transaction: EventRecord.SendingTransaction?
    ) {
        self.position = position
        self.roomNumber = roomNumber
        self.eventID = eventID
        self.type = type
        self.stateKey = stateKey
        self.sender = sender
        self.senderNumber = senderNumber
        self.originServerTS = originServerTS
        self.replaces = replaces
        self.redactedBy = redactedBy
        self.client = client
        self.transaction = transaction
    }

    /// Whether it is state.
    package var isState: Bool { stateKey != nil }

    /// The event's content, parsed on demand; costs a parse of the event.
    package var content: JSON {
        get throws {
            guard let content = try parsed["content"] else { throw RoomReadError.damaged }
            return content
        }
    }

    /// The whole event in client format, parsed on demand.
    package var parsed: JSON {
        get throws { try Self.parse(client) }
    }

    /// What it weighs in memory, about.
    var weight: Int { client.count + 640 }

    /// Writes the event as an element of an answer: the stored bytes, then `room_id` if wanted, then `unsigned`.
    package func append(to writer: inout JSONWriter, roomID: RoomID?, unsigned: UnsignedParts = UnsignedParts()) throws {
        writer.raw(client)
        if let roomID { writer.member("room_id", roomID.rawValue) }
        if !unsigned.isEmpty {
            try writer.memberObject("unsigned") { try unsigned.append(to: &$0, roomID: roomID) }
        }
        writer.bytes.append(UInt8(ascii: "}"))
    }

    /// Writes the event stripped to `type`, `state_key`, `sender` and `content`.
    /// - Parameter time: whether its time is told as well, as spaces do of their rooms.
    package func appendStripped(withTime time: Bool = false, in room: RoomID? = nil, to writer: inout JSONWriter) throws {
        let content = try content
        writer.object { event in
            event.member("type", type)
            event.member("state_key", stateKey ?? "")
            event.member("sender", sender.rawValue)
            event.memberRaw("content", content.raw)
            if time { event.member("origin_server_ts", originServerTS) }
            if let room { event.member("room_id", room.rawValue) }
        }
    }

    /// Parses the client form, closing its brace.
    static func parse(_ client: [UInt8]) throws -> JSON {
        try JSON(parsing: client + [UInt8(ascii: "}")], limits: .request)
    }
}
