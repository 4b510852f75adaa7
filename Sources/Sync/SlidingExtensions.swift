import Matrix
import Rooms
import Storage

extension SlidingPass {
    /// Writes what the extensions tell; returns whether there was anything.
    mutating func appendExtensions(_ wanted: [Wanted], to extensions: inout JSONWriter) throws -> Bool {
        let asked = request.wish.extensions
        var tells = false
        if let wish = asked.toDevice, try appendToDevice(wish, to: &extensions) { tells = true }
        if asked.endToEnd, try appendEndToEnd(to: &extensions) { tells = true }
        if let scope = asked.accountData, try appendAccountData(reach(scope, wanted), to: &extensions) { tells = true }
        if let scope = asked.receipts, try appendReceipts(reach(scope, wanted), to: &extensions) { tells = true }
        if let scope = asked.typing, try appendTyping(reach(scope, wanted), to: &extensions) { tells = true }
        if let limit = asked.threadSubscriptions, try appendThreadSubscriptions(limit: limit, to: &extensions) { tells = true }
        if let wish = asked.threads, try appendThreads(wish, to: &extensions) { tells = true }
        return tells
    }

    /// The rooms of the wish that an extension is wanted for and of which the client knows.
    private func reach(_ scope: SlidingWish.Scope, _ wanted: [Wanted]) -> [SlidingRow] {
        wanted.filter { room in
            guard next.rooms[room.row.room] != nil else { return false }
            if room.isSubscribed, scope.rooms?.contains(where: { isRoom($0, room.row.room) }) ?? true { return true }
            return room.lists.contains { scope.lists?.contains($0) ?? true }
        }.map(\.row)
    }

    private func isRoom(_ name: String, _ room: Int64) -> Bool {
        // What is no room ID, or not known, is none of the rooms.
        guard let roomID = try? RoomID(parsing: name) else { return false }
        return (try? tx.number(of: roomID)) == room
    }

    private mutating func appendAccountData(_ rows: [SlidingRow], to extensions: inout JSONWriter) throws -> Bool {
        let end = mark.position
        var global: [AccountDatum] = []
        if personal.globalChange > next.data ?? 0 {
            global = try AccountDataQueries.all(of: user, in: AccountData.noRoom, upTo: mark.position, tx)
                .filter { $0.position > next.data ?? 0 }
        }
        global += try PushRulesDatum.news(of: user, after: next.data, upTo: mark.position, tx)
        next.data = mark.position
        var rooms: [(RoomID, [AccountDatum])] = []
        for row in rows {
            let told = next.rooms[row.room]?.data ?? 0
            if let changed = personal.changes[row.room], changed > told {
                let data = try AccountDataQueries.all(of: user, in: row.room, upTo: mark.position, tx).filter {
                    $0.position > told
                }
                if !data.isEmpty { rooms.append((try tx.room(row.room), data)) }
            }
            next.rooms[row.room]?.data = end
        }
        guard !global.isEmpty || !rooms.isEmpty else { return false }
        extensions.memberObject("account_data") { object in
            object.memberArray("global") { list in global.forEach { list.raw($0.event) } }
            object.memberObject("rooms") { section in
                for (roomID, data) in rooms {
                    section.memberArray(roomID.rawValue) { list in data.forEach { list.raw($0.event) } }
                }
            }
        }
        return true
    }

    private mutating func appendReceipts(_ rows: [SlidingRow], to extensions: inout JSONWriter) throws -> Bool {
        let end = mark.position
        var rooms: [(RoomID, ReceiptContent)] = []
        for row in rows where row.membership == .join {
            let content = try ReceiptContent(receipts(of: row.room), in: base)
            next.rooms[row.room]?.receipts = end
            if !content.isEmpty { rooms.append((try tx.room(row.room), content)) }
        }
        guard !rooms.isEmpty else { return false }
        extensions.memberObject("receipts") { object in
            object.memberObject("rooms") { section in
                for (roomID, content) in rooms {
                    section.memberObject(roomID.rawValue) { event in
                        event.member("type", "m.receipt")
                        event.memberObject("content") { content.append(to: &$0) }
                    }
                }
            }
        }
        return true
    }

    /// What changed since the client was told; of a room that is new to it only its own receipts and those for events that it
    /// gets, so that large rooms stay small.
    private func receipts(of room: Int64) throws -> [Receipt] {
        var found: [Receipt] = []
        if let told = next.rooms[room]?.receipts {
            if news[room]?.receipt ?? 0 > told {
                found = try ReceiptQueries.receipts(in: room, visibleTo: user, after: told, upTo: mark.position, tx)
            }
            guard let window = shown[room], window.reachesBack(before: told) else { return found }
            return try found + receipts(for: window, in: room).filter { $0.position <= told }
        }
        found = try ReceiptQueries.own(of: user, in: room, upTo: mark.position, tx)
        guard let window = shown[room] else { return found }
        return try found + receipts(for: window, in: room).filter { $0.user != user }
    }

    /// The receipts for the events of a window; none of them is older than its event.
    private func receipts(for window: TimelineWindow, in room: Int64) throws -> [Receipt] {
        guard let first = window.events.first else { return [] }
        let events = Set(window.events.map(\.eventID.rawValue))
        return try ReceiptQueries.receipts(in: room, visibleTo: user, after: first.position, upTo: mark.position, tx)
            .filter { events.contains($0.eventID) }
    }

    private mutating func appendTyping(_ rows: [SlidingRow], to extensions: inout JSONWriter) throws -> Bool {
        let serial = mark.serial
        var rooms: [(RoomID, [UserID])] = []
        for row in rows where row.membership == .join {
            let told = next.rooms[row.room]?.typing
            let moved = news[row.room]?.typing ?? 0
            next.rooms[row.room]?.typing = max(serial, moved)
            guard moved > told ?? 0 else { continue }
            let names = try base.engine.hub.typing.typists(in: row.room).map { try tx.user($0) }
                .filter { !base.ignored.contains($0) }
            // An empty list is news only to those who were told of another.
            if told != nil || !names.isEmpty { rooms.append((try tx.room(row.room), names)) }
        }
        guard !rooms.isEmpty else { return false }
        extensions.memberObject("typing") { object in
            object.memberObject("rooms") { section in
                for (roomID, names) in rooms {
                    section.memberObject(roomID.rawValue) { event in
                        event.member("type", "m.typing")
                        event.memberObject("content") { content in
                            content.memberArray("user_ids") { list in names.forEach { list.string($0.rawValue) } }
                        }
                    }
                }
            }
        }
        return true
    }
}

extension TimelineWindow {
    /// Whether it has events that were there at a position already.
    fileprivate func reachesBack(before position: Int64) -> Bool { events.first.map { $0.position <= position } ?? false }
}
