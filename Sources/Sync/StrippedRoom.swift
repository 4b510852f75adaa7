import Matrix
import Rooms
import Storage

extension SyncPass {
    /// Writes a room that the reader may only look at from outside: invited or knocking; returns whether there was anything to tell.
    ///
    /// The state is that of the invitation or knock, so that what the room says later stays inside.
    ///
    /// [Specification](https://spec.matrix.org/v1.16/client-server-api/#stripped-state)
    func appendStripped(_ room: RoomCase, _ member: String, to rooms: inout JSONWriter) throws -> Bool {
        let position = room.standing.position
        guard room.standing.changed || request.wantsFullState,
            let own = try Timeline.event(at: position, cache: engine.cache, tx)
        else { return false }
        if room.standing.membership == .invite, ignored.contains(own.sender) { return false }
        var events = try Self.strippedTypes.compactMap { type in
            try StateQueries.at(room.number, type, "", position, cache: engine.cache, tx)
        }
        if own.sender != request.user,
            let inviter = try StateQueries.at(
                room.number, Self.memberType, own.sender.rawValue, position, cache: engine.cache, tx)
        {
            events.append(inviter)
        }
        events.append(own)
        try rooms.memberObject(room.roomID.rawValue) { section in
            try section.memberObject(member) { state in
                try state.memberArray("events") { list in
                    for event in events { try event.appendStripped(to: &list) }
                }
            }
        }
        return true
    }

    private static let strippedTypes = [
        "m.room.create", "m.room.name", "m.room.avatar", "m.room.topic", "m.room.join_rules", "m.room.canonical_alias",
        "m.room.encryption",
    ]
}

extension StoredEvent {
    /// Writes the event with nothing but `type`, `state_key`, `sender` and `content`.
    fileprivate func appendStripped(to list: inout JSONWriter) throws {
        let content = try content
        list.object { event in
            event.member("type", type)
            event.member("state_key", stateKey ?? "")
            event.member("sender", sender.rawValue)
            event.memberRaw("content", content.raw)
        }
    }
}
