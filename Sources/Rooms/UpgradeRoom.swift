import Audit
import Matrix
import Storage

extension RoomActions {
    /// Replaces a room by a new one of another version: the new room takes over state, bans, aliases and the place in the
    /// directory; the old one gets a tombstone and is closed as far as the person may close it.
    ///
    /// [Specification](https://spec.matrix.org/v1.19/client-server-api/#room-upgrades)
    /// - Parameter creators: further creators of the new room, where its version knows such; those of the old one are not kept.
    /// - Throws: `M_FORBIDDEN` for whoever may not send a tombstone, `M_INVALID_ROOM_STATE`.
    package func upgrade(
        _ roomID: RoomID, to version: RoomVersion, creators: [UserID], profile: MemberProfile, by requester: Requester,
        at now: Int64
    ) async throws -> RoomID {
        try await change(roomID) { old in
            let (tx, sender) = (old.tx, requester.user)
            guard old.state.membership(of: sender) == .join else { throw RoomError.notInRoom }
            let levels = PowerLevels(state: old.state, version: old.state.version)
            guard levels.level(of: sender) >= levels.required(forEvent: "m.room.tombstone", isState: true) else {
                throw MatrixError.forbidden("your power level does not allow you to replace the room")
            }
            let plan = RoomUpgrade(of: old.state, to: version, by: sender, creators: creators)
            let named =
                version.namesRoomAfterCreateEvent ? nil : try RoomID(localpart: Self.randomLocalpart(), serverName: serverName)
            // The tombstone names the new room and the new room the tombstone: whichever has a name beforehand comes second.
            if let named { try old.append(plan.tombstone(for: named), by: sender, requester.number, at: now) }
            var wish = RoomWish()
            wish.version = version
            wish.creationContent = plan.creation(after: old.state.latest)
            var new = try begin(wish, requester, named: named, at: now, tx)
            let newID = new.state.roomID
            if named == nil { try old.append(plan.tombstone(for: newID), by: sender, requester.number, at: now) }
            do {
                for event in plan.events(profile) { try new.append(event, by: sender, requester.number, at: now) }
            } catch let refusal as MatrixError where refusal.code == .forbidden {
                throw RoomError.invalidInitialState(refusal.message)
            }
            try AliasQueries.move(from: old.state.number, to: new.state.number, tx)
            for event in plan.farewell {
                // Whoever may not close the room leaves it open: the tombstone says enough.
                try old.appendIfAllowed(event, by: sender, requester.number, at: now)
            }
            if try DirectoryQueries.isPublished(old.state.number, tx) == true {
                try DirectoryQueries.publish(new.state.number, true, tx)
                try DirectoryQueries.publish(old.state.number, false, tx)
            }
            try new.carryOver(for: sender, requester.number)
            try AuditLog.append(
                AuditEntry(code: .roomUpgrade, by: requester, target: newID.rawValue, room: roomID, time: now), tx)
            return newID
        }
    }
}

extension RoomWriter {
    /// Appends an event unless the rules refuse it.
    fileprivate mutating func appendIfAllowed(_ wish: Wish, by sender: UserID, _ senderNumber: Int64, at now: Int64) throws {
        do { try append(wish, by: sender, senderNumber, at: now) } catch let refusal as MatrixError
            where refusal.code == .forbidden
        { return }
    }

    /// Takes what somebody keeps about the room that this one replaces over to this one. The old room must say that this is so.
    func carryOver(for user: UserID, _ number: Int64) throws {
        guard let named = state.stateEvent("m.room.create", "")?.content["predecessor"]?["room_id"]?.string,
            // A name that is none leads to no room.
            let oldID = try? RoomID(parsing: named), let old = try RoomState.load(oldID, tx), old.membership(of: user) != nil,
            old.stateEvent("m.room.tombstone", "")?.content["replacement_room"]?.string == state.roomID.rawValue
        else { return }
        try actions.personal.carryOver(number, oldID, state.roomID, tx)
        try PushRuleActions.follow(number, from: oldID, to: state.roomID, tx)
        let (hub, position) = (actions.hub, try tx.nextPosition())
        tx.afterCommit { hub.userChanged(number, position: position) }
    }
}
