extension AuthorizationRules {
    /// The rules for `m.room.create`: the state plays no part, for there is none.
    static func checkCreate(_ event: some AuthorizableEvent, version: RoomVersion) throws(MatrixError) {
        guard event.prevEvents.isEmpty else { throw .forbidden("a create event follows no other") }
        if version.namesRoomAfterCreateEvent {
            guard event.namedRoomID == nil else { throw .forbidden("a create event names no room") }
        } else {
            guard let roomID = event.namedRoomID, domain(of: roomID) == event.sender.serverName.rawValue else {
                throw .forbidden("the room belongs to another server than its creator")
            }
        }
        let content = try event.parsedContent()
        if let stated = content["room_version"] {
            guard let text = stated.string, RoomVersion(rawValue: text) != nil else {
                throw .forbidden("this room version is not known here")
            }
        }
        if version.namesCreatorInContent, content["creator"] == nil { throw .forbidden("the create event has no creator") }
        if version.hasPrivilegedCreators, let creators = content["additional_creators"] {
            guard creators.kind == .array, creators.elements.allSatisfy(isUserID) else {
                throw .forbidden("additional_creators is not a list of user IDs")
            }
        }
    }

    /// Whether a value is a user ID, by the same check that senders pass.
    static func isUserID(_ value: JSON) -> Bool { value.string.map(isUserID) ?? false }

    /// Whether a text is a user ID.
    static func isUserID(_ text: String) -> Bool {
        // Only the yes or no matters here; the rule has its own sentence.
        (try? UserID(parsing: text)) != nil
    }

    private static func domain(of roomID: RoomID) -> String? {
        guard let colon = roomID.rawValue.firstIndex(of: ":") else { return nil }
        return String(roomID.rawValue[roomID.rawValue.index(after: colon)...])
    }
}
