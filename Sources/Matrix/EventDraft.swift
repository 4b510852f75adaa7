/// An event that is still to be hashed, signed and named. `EventSigner.sign` makes a `PDU` of it.
package struct EventDraft: Sendable {
    /// The room; `nil` only for the create event of a room that is named after it (version 12).
    package var roomID: RoomID?
    /// Who acts.
    package var sender: UserID
    /// The event type.
    package var type: String
    /// Present on state events.
    package var stateKey: String?
    /// The content as canonical JSON, an object.
    package var content: [UInt8]
    /// What a redaction strips; signing puts it where the room version wants it.
    package var redacts: EventID?
    /// Milliseconds since the epoch.
    package var originServerTS: Int64
    /// One more than the deepest of the previous events.
    package var depth: Int64
    /// The events that this one follows.
    package var prevEvents: [EventID]
    /// The events that allow this one; `AuthorizationRules.authEvents` selects them.
    package var authEvents: [EventID]

    /// A draft; `content` has to be canonical JSON, for it is spliced as it is.
    package init(
        roomID: RoomID?, sender: UserID, type: String, stateKey: String? = nil, content: [UInt8], redacts: EventID? = nil,
        originServerTS: Int64, depth: Int64, prevEvents: [EventID] = [], authEvents: [EventID] = []
    ) {
        self.roomID = roomID
        self.sender = sender
        self.type = type
        self.stateKey = stateKey
        self.content = content
        self.redacts = redacts
        self.originServerTS = originServerTS
        self.depth = depth
        self.prevEvents = prevEvents
        self.authEvents = authEvents
    }

    /// The content to read in; throws M_BAD_JSON unless it is an object.
    package func parsedContent() throws(MatrixError) -> JSON {
        try EventDraft.parse(content)
    }

    /// The draft with the target of a redaction where the version keeps it.
    func placingRedacts(version: RoomVersion) throws(MatrixError) -> EventDraft {
        guard type == EventType.redaction else {
            guard redacts == nil else { throw .badJSON("only a redaction redacts") }
            return self
        }
        var placed = self
        let content = try parsedContent()
        if let redacts {
            if version.keepsRedactsInContent { placed.content = Redaction.naming(redacts, in: content) }
        } else if version.keepsRedactsInContent {
            placed.redacts = EventDraft.target(content["redacts"])
        }
        return placed
    }

    /// The event that a field names, `nil` when it does not name one.
    static func target(_ field: JSON?) -> EventID? {
        guard let text = field?.string else { return nil }
        // A target that cannot exist strips nothing; the event itself stays valid.
        return try? EventID(parsing: text)
    }

    /// Parses a content, or what a redaction left of one.
    static func parse(_ content: [UInt8]) throws(MatrixError) -> JSON {
        do {
            let json = try JSON(parsing: content, limits: .content)
            if json.kind == .object { return json }
        } catch { throw error.matrixError }
        throw .badJSON("content is not an object")
    }
}

extension JSON.Limits {
    /// For the content of an event, which lies one level deep in it.
    fileprivate static let content = JSON.Limits(maxBytes: JSON.Limits.event.maxBytes, maxDepth: JSON.Limits.event.maxDepth - 1)
}
