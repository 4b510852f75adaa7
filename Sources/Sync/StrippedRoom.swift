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
        guard room.standing.changed || request.wantsFullState, let events = try strippedEvents(of: room) else { return false }
        try rooms.memberObject(room.roomID.rawValue) { section in
            try section.memberObject(member) { try appendStripped(events, as: "events", to: &$0) }
        }
        return true
    }

    /// What somebody outside of a room is told of it: the state of the invitation or knock, and that event itself; nil for an
    /// invitation by somebody whom the reader ignores.
    func strippedEvents(of room: RoomCase) throws -> [StoredEvent]? {
        let position = room.standing.position
        guard let own = try Timeline.event(at: position, cache: engine.cache, tx) else { return nil }
        if room.standing.membership == .invite {
            if ignored.contains(own.sender) { return nil }
            if try InvitePermission(of: request.number, tx).refuses(own.sender) { return nil }
        }
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
        return events
    }

    /// Writes stripped events as a member of an object.
    func appendStripped(_ events: [StoredEvent], as name: String, to object: inout JSONWriter) throws {
        try object.memberArray(name) { list in
            for event in events { try event.appendStripped(to: &list) }
        }
    }

    private static let strippedTypes = [
        "m.room.create", "m.room.name", "m.room.avatar", "m.room.topic", "m.room.join_rules", "m.room.canonical_alias",
        "m.room.encryption",
    ]
}
