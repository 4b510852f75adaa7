/// How large an event may be.
/// [Size limits](https://spec.matrix.org/v1.19/client-server-api/#size-limits)
package enum EventLimits {
    /// Bytes of the whole event in its federation form.
    package static let eventBytes = 65_536
    /// Bytes of the sender, room ID, state key, type and event ID, each.
    package static let fieldBytes = 255
    /// Entries of `auth_events`.
    package static let authEvents = 10
    /// Entries of `prev_events`.
    package static let prevEvents = 20
    /// The deepest depth: the greatest integer of canonical JSON.
    package static let depth: Int64 = 9_007_199_254_740_991

    /// Refuses a field that is too long, with M_TOO_LARGE.
    static func check(_ draft: EventDraft) throws(MatrixError) {
        try check(draft.type, "type")
        try check(draft.sender.rawValue, "sender")
        if let stateKey = draft.stateKey { try check(stateKey, "state_key") }
        if let roomID = draft.roomID { try check(roomID.rawValue, "room_id") }
        guard draft.authEvents.count <= authEvents else { throw .badJSON("auth_events has more than \(authEvents) entries") }
        guard draft.prevEvents.count <= prevEvents else { throw .badJSON("prev_events has more than \(prevEvents) entries") }
        guard (0...depth).contains(draft.depth) else { throw .badJSON("depth is out of range") }
        guard (-depth...depth).contains(draft.originServerTS) else { throw .badJSON("origin_server_ts is out of range") }
    }

    /// Refuses an event that is too long, with M_TOO_LARGE.
    static func check(_ event: [UInt8]) throws(MatrixError) {
        guard event.count <= eventBytes else { throw .tooLarge("the event is larger than \(eventBytes) bytes") }
    }

    private static func check(_ field: String, _ name: String) throws(MatrixError) {
        guard field.utf8.count <= fieldBytes else { throw .tooLarge("\(name) is longer than \(fieldBytes) bytes") }
    }
}
