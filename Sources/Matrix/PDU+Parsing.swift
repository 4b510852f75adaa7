/// Reading events that come from elsewhere, hostile ones among them.
extension PDU {
    /// Reads the federation form and computes the event ID. Throws M_BAD_JSON for what is not an event of the version and
    /// M_TOO_LARGE for what is too long. Neither signatures nor the content hash are looked at: see `EventSigner.examine`.
    package init(parsing bytes: [UInt8], version: RoomVersion) throws(MatrixError) {
        let event = try PDU.canonical(bytes)
        guard let content = event["content"], content.kind == .object else { throw .badJSON("content is not an object") }
        let fields = try PDU.fields(of: event, content: content, version: version)
        try EventLimits.check(fields)
        let hashes = try PDU.strings(event["hashes"], "hashes")
        guard hashes["sha256"] != nil else { throw .badJSON("hashes has no sha256") }
        let remaining = Redaction.content(content, of: fields.type, version: version)
        self.init(
            fields, content: content,
            eventID: try EventHash.eventID(ofRedacted: Redaction.event(event, version: version, keepingSignatures: false)),
            hashes: hashes, signatures: try PDU.signatures(event["signatures"]), federation: Array(event.raw),
            remains: Remains(
                content: try EventDraft.parse(remaining),
                federation: Redaction.event(event, version: version, keepingSignatures: true)))
    }

    /// The event in canonical JSON and without `unsigned`, which anybody on the way may have written.
    private static func canonical(_ bytes: [UInt8]) throws(MatrixError) -> JSON {
        do {
            let received = try JSON(parsing: bytes, limits: .event)
            guard received.kind == .object else { throw MatrixError.badJSON("an event is an object") }
            var canonical = try received.canonical()
            if received["unsigned"] != nil {
                var writer = JSONWriter(capacity: canonical.count)
                writer.object(copying: try JSON(parsing: canonical, limits: .event)) { $0 != "unsigned" }
                canonical = writer.bytes
            }
            return canonical == bytes ? received : try JSON(parsing: canonical, limits: .event)
        } catch let error as JSONError {
            throw error.matrixError
        } catch let error as MatrixError {
            throw error
        } catch { throw .badJSON("not an event") }
    }

    private static func fields(of event: JSON, content: JSON, version: RoomVersion) throws(MatrixError) -> EventDraft {
        let type = try string(event, "type")
        let sender = try UserID(parsing: string(event, "sender"))
        var roomID: RoomID?
        if event["room_id"] != nil || type != EventType.create || !version.namesRoomAfterCreateEvent {
            roomID = try RoomID(parsing: string(event, "room_id"))
        }
        var redacts: EventID?
        if type == EventType.redaction {
            redacts = EventDraft.target(version.keepsRedactsInContent ? content["redacts"] : event["redacts"])
        }
        return EventDraft(
            roomID: roomID, sender: sender, type: type,
            stateKey: event["state_key"] == nil ? nil : try string(event, "state_key"),
            content: Array(content.raw), redacts: redacts, originServerTS: try integer(event, "origin_server_ts"),
            depth: try integer(event, "depth"), prevEvents: try events(event, "prev_events"),
            authEvents: try events(event, "auth_events"))
    }

    private static func string(_ event: JSON, _ key: String) throws(MatrixError) -> String {
        guard let text = event[key]?.string else { throw .badJSON("\(key) is not a string") }
        return text
    }

    private static func integer(_ event: JSON, _ key: String) throws(MatrixError) -> Int64 {
        guard let number = event[key]?.int else { throw .badJSON("\(key) is not an integer") }
        return number
    }

    private static func events(_ event: JSON, _ key: String) throws(MatrixError) -> [EventID] {
        guard let list = event[key], list.kind == .array else { throw .badJSON("\(key) is not a list") }
        var events: [EventID] = []
        for element in list.elements {
            guard let text = element.string else { throw .badJSON("\(key) holds something that is not a string") }
            events.append(try EventID(parsing: text))
        }
        return events
    }

    private static func strings(_ object: JSON?, _ name: String) throws(MatrixError) -> [String: String] {
        guard let object, object.kind == .object else { throw .badJSON("\(name) is not an object") }
        var strings: [String: String] = [:]
        for (key, value) in object.members {
            guard let text = value.string else { throw .badJSON("\(name) holds something that is not a string") }
            strings[key] = text
        }
        return strings
    }

    private static func signatures(_ object: JSON?) throws(MatrixError) -> [String: [String: String]] {
        guard let object, object.kind == .object else { throw .badJSON("signatures is not an object") }
        var signatures: [String: [String: String]] = [:]
        for (server, keys) in object.members { signatures[server] = try strings(keys, "signatures") }
        return signatures
    }
}
