/// An event as it lives in a room: hashed, signed and named.
/// [PDUs](https://spec.matrix.org/v1.19/server-server-api/#pdus)
package struct PDU: Sendable {
    /// The reference hash.
    package let eventID: EventID
    /// The room; for the create event of version 12 it follows from the event ID.
    package let roomID: RoomID
    /// The content, a cursor into canonical JSON.
    package let content: JSON
    /// Hashes by algorithm.
    package let hashes: [String: String]
    /// Signatures by server, then by key.
    package let signatures: [String: [String: String]]
    /// What clients get, without `room_id` and without the closing brace, so that a reader can append what it knows:
    /// `{"content":…,"event_id":…,"origin_server_ts":…[,"redacts":…],"sender":…[,"state_key":…],"type":…`.
    package let client: [UInt8]
    /// Canonical JSON of the whole event, without `unsigned`.
    package let federation: [UInt8]

    let fields: EventDraft
    let remains: Remains

    /// What a redaction leaves, made while the event was read or signed.
    struct Remains {
        let content: JSON
        let federation: [UInt8]
    }

    init(
        _ fields: EventDraft, content: JSON, eventID: EventID, hashes: [String: String], signatures: [String: [String: String]],
        federation: [UInt8], remains: Remains
    ) {
        roomID = fields.roomID ?? RoomID(createEvent: eventID)
        self.fields = fields
        self.content = content
        self.eventID = eventID
        self.hashes = hashes
        self.signatures = signatures
        self.federation = federation
        self.remains = remains
        self.client = PDU.client(fields, content: content, eventID: eventID)
    }

    private init(redacting event: PDU, version: RoomVersion) {
        var fields = event.fields
        fields.content = Array(event.remains.content.raw)
        if !version.keepsRedactsInContent { fields.redacts = nil }
        self.fields = fields
        roomID = event.roomID
        content = event.remains.content
        eventID = event.eventID
        hashes = event.hashes
        signatures = event.signatures
        federation = event.remains.federation
        remains = event.remains
        client = PDU.client(fields, content: event.remains.content, eventID: event.eventID)
    }

    /// The event after the redaction of its room version. It keeps its ID and its signatures hold.
    package func redacted(version: RoomVersion) -> PDU { PDU(redacting: self, version: version) }

    private static func client(_ fields: EventDraft, content: JSON, eventID: EventID) -> [UInt8] {
        var writer = JSONWriter(capacity: fields.content.count + 384)
        writer.object { writer in
            // Older and newer clients look for the target of a redaction in different places: both find it.
            if let redacts = fields.redacts, content["redacts"]?.string != redacts.rawValue {
                writer.memberRaw("content", Redaction.naming(redacts, in: content))
            } else {
                writer.memberRaw("content", fields.content)
            }
            writer.member("event_id", eventID.rawValue)
            writer.member("origin_server_ts", fields.originServerTS)
            if let redacts = fields.redacts { writer.member("redacts", redacts.rawValue) }
            writer.member("sender", fields.sender.rawValue)
            if let stateKey = fields.stateKey { writer.member("state_key", stateKey) }
            writer.member("type", fields.type)
        }
        writer.bytes.removeLast()
        return writer.bytes
    }
}

extension PDU {
    /// Who acted.
    package var sender: UserID { fields.sender }
    /// The event type.
    package var type: String { fields.type }
    /// Present on state events.
    package var stateKey: String? { fields.stateKey }
    /// What a redaction strips, wherever the version keeps it.
    package var redacts: EventID? { fields.redacts }
    /// Milliseconds since the epoch, by the clock of the sender's server.
    package var originServerTS: Int64 { fields.originServerTS }
    /// One more than the deepest of the previous events.
    package var depth: Int64 { fields.depth }
    /// The events that this one follows.
    package var prevEvents: [EventID] { fields.prevEvents }
    /// The events that allow this one.
    package var authEvents: [EventID] { fields.authEvents }
}
