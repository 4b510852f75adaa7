import Matrix

/// What a server adds to an event for one reader: the `unsigned` object of the client format.
///
/// [Specification](https://spec.matrix.org/v1.16/client-server-api/#room-event-format)
package struct UnsignedParts: Sendable {
    /// Milliseconds since the event was sent.
    package var age: Int64?
    /// The transaction ID, for the device that sent the event.
    package var transactionID: String?
    /// The reader's membership at the event, including what the event itself changed.
    package var membership: Membership?
    /// The redaction that emptied the event.
    package var redactedBecause: StoredEvent?
    /// The state event that this one replaced.
    package var previous: StoredEvent?
    /// What relates to the event, in short.
    package var relations: Bundle?

    /// Nothing to add.
    package init() {}

    var isEmpty: Bool {
        age == nil && transactionID == nil && membership == nil && redactedBecause == nil && previous == nil
            && relations == nil
    }

    func append(to writer: inout JSONWriter, roomID: RoomID?) throws {
        if let age { writer.member("age", age) }
        if let membership { writer.member("membership", membership.rawValue) }
        if let previous {
            writer.memberRaw("prev_content", try previous.content.raw)
            writer.member("prev_sender", previous.sender.rawValue)
            writer.member("replaces_state", previous.eventID.rawValue)
        }
        if let redactedBecause {
            writer.key("redacted_because")
            try redactedBecause.append(to: &writer, roomID: roomID)
        }
        if let transactionID { writer.member("transaction_id", transactionID) }
        if let relations { try writer.memberObject("m.relations") { try relations.append(to: &$0, roomID: roomID) } }
    }
}
