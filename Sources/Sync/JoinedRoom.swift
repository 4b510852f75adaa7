import Matrix
import Rooms
import Storage

extension SyncPass {
    /// Writes a room that the reader is in; returns whether there was anything to tell.
    func appendJoined(_ room: RoomCase, _ data: [AccountDatum], to rooms: inout JSONWriter) throws -> Bool {
        let standing = room.standing
        // A device that was told of the room, and whose person has been in it ever since, gets what changed.
        let known = since.flatMap { standing.stayedJoined ? $0.position : nil }
        let whole = known == nil || request.wantsFullState
        var window = TimelineWindow(emptyAt: mark.position)
        window.isComplete = true
        if room.events || whole {
            let after = known ?? (standing.before == .join ? since?.position ?? 0 : 0)
            window = try timeline(
                of: room.number, room.roomID, after: after, upTo: mark.position,
                history: try known == nil ? history(of: room, after: after) : nil)
            if known == nil, since != nil { window.isLimited = true }
        }
        let section =
            try whole
            ? StateSection.whole(
                of: room.number, before: window, upTo: mark.position, asOfEnd: request.usesStateAfter, tx)
            : StateSection.delta(
                of: room.number, since: known ?? 0, before: window, upTo: mark.position, asOfEnd: request.usesStateAfter, tx)
        let summary = try whole || section.movesSummary ? Summary(of: room.number, in: self) : nil
        let state = try stateEvents(
            section, of: room, window, start: request.usesStateAfter ? mark.position : window.boundary,
            wish: memberWish(window, summary, isWhole: whole))
        let ephemeral = try ephemeral(of: room, since: whole && !standing.stayedJoined ? nil : since)
        let data = try (known == nil && since != nil ? allData(in: room.number) : data)
            .filter { request.filter.roomAccountData.admits($0.type, in: room.roomID) }
        let tells =
            whole || window.tells || !state.isEmpty || !ephemeral.isEmpty || !data.isEmpty
            || ephemeral.movesOwnReceipt || summary != nil
        guard tells else { return false }
        try rooms.memberObject(room.roomID.rawValue) { section in
            append(summary: summary, to: &section)
            try append(window, of: room, to: &section)
            try append(state: state, to: &section)
            section.memberObject("ephemeral") { $0.memberArray("events") { ephemeral.append(to: &$0) } }
            section.memberObject("account_data") { $0.memberArray("events") { list in data.forEach { list.raw($0.event) } } }
            try appendUnread(room, to: &section)
        }
        return true
    }

    /// What the reader may see of the stretch, or nil when everything.
    func history(of room: RoomCase, after: Int64) throws -> HistoryReader? {
        // Whoever has been joined since before the stretch begins sees all of it.
        if room.standing.membership == .join, room.standing.position <= after { return nil }
        return try HistoryReader(room: room.number, user: request.number, tx)
    }

    /// The members that an answer needs when it loads them lazily.
    func memberWish(_ window: TimelineWindow, _ summary: Summary?, isWhole: Bool) throws -> MemberWish {
        var wish = MemberWish(isWhole: isWhole)
        guard request.filter.state.lazyLoadsMembers else { return wish }
        wish.needed = Set(window.events.map(\.sender))
        if isWhole { wish.needed.insert(request.user) }
        wish.needed.formUnion(summary?.heroes ?? [])
        return wish
    }

    private func allData(in room: Int64) throws -> [AccountDatum] {
        try AccountDataQueries.all(of: request.number, in: room, upTo: mark.position, tx)
    }

    private func append(summary: Summary?, to section: inout JSONWriter) {
        section.memberObject("summary") { object in
            guard let summary else { return }
            if let heroes = summary.heroes {
                object.memberArray("m.heroes") { list in heroes.forEach { list.string($0.rawValue) } }
            }
            object.member("m.joined_member_count", summary.joined)
            object.member("m.invited_member_count", summary.invited)
        }
    }
}

/// What an answer says of a room in short.
struct Summary {
    /// Those whose names stand in for a missing name; nil where the room has one.
    let heroes: [UserID]?
    let joined: Int
    let invited: Int

    init(of room: Int64, in pass: SyncPass) throws {
        let tx = pass.tx
        if try Self.isNamed(room, pass) {
            heroes = nil
            joined = try MembershipQueries.count(of: room, .join, tx)
            invited = try MembershipQueries.count(of: room, .invite, tx)
        } else {
            let summary = try RoomSummary(of: room, for: pass.request.number, tx)
            heroes = try summary.heroes.map { try tx.user($0) }
            joined = summary.joined
            invited = summary.invited
        }
    }

    private static func isNamed(_ room: Int64, _ pass: SyncPass) throws -> Bool {
        for (type, key) in [("m.room.name", "name"), ("m.room.canonical_alias", "alias")] {
            let event = try StateQueries.current(room, type, "", cache: pass.engine.cache, pass.tx)
            if try event?.content[key]?.string?.isEmpty == false { return true }
        }
        return false
    }
}

extension TimelineWindow {
    /// Whether it says anything.
    var tells: Bool { !events.isEmpty || isLimited }
}

extension RoomEventFilter {
    /// Whether account data of this type is wanted from this room.
    func admits(_ type: String, in roomID: RoomID) -> Bool {
        admits(room: roomID.rawValue) && events.admits(type: type)
    }
}
