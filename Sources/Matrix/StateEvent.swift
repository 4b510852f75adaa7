/// A state event as the rules of a room need it.
package struct StateEvent: Sendable {
    /// The event.
    package let eventID: EventID
    /// Who set it.
    package let sender: UserID
    /// The event type.
    package let type: String
    /// The state key.
    package let stateKey: String
    /// The content.
    package let content: JSON
    /// Where it lies in the order of events.
    package let position: Int64

    /// A state event.
    package init(eventID: EventID, sender: UserID, type: String, stateKey: String, content: JSON, position: Int64) {
        self.eventID = eventID
        self.sender = sender
        self.type = type
        self.stateKey = stateKey
        self.content = content
        self.position = position
    }

    /// The state that an event sets, `nil` for one that sets none.
    package init?(_ event: PDU, position: Int64) {
        guard let stateKey = event.stateKey else { return nil }
        self.init(
            eventID: event.eventID, sender: event.sender, type: event.type, stateKey: stateKey, content: event.content,
            position: position)
    }
}

/// The state of a room at some moment.
package protocol RoomStateLookup {
    /// The state event of the type with the state key, if any.
    func stateEvent(_ type: String, _ stateKey: String) -> StateEvent?
}

extension RoomStateLookup {
    /// Where a user stands; `nil` is somebody the room never heard of.
    func membership(of user: String) -> Membership? {
        stateEvent(EventType.member, user)?.content["membership"]?.string.flatMap(Membership.init(rawValue:))
    }
}
