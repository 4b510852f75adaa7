import Matrix
import Rooms
import Storage

extension SyncEngine {
    /// What somebody may know of somebody else, as the body of `GET /presence/{userId}/status`.
    ///
    /// Somebody with whom he shares no room and somebody who does not exist look alike. Where the server keeps no presence,
    /// everybody is offline.
    /// - Throws: `M_FORBIDDEN`.
    package func presence(of user: UserID, for reader: Int64, now: Int64) async throws -> [UInt8] {
        let number = try await store.read { tx -> Int64 in
            guard let number = try tx.number(of: user),
                try number == reader || MembershipQueries.shareRoom(reader, number, tx)
            else { throw MatrixError.forbidden("You are not allowed to see their presence") }
            return number
        }
        var writer = JSONWriter()
        writer.object { (presence?.entry(of: number) ?? Presence.Entry()).append(to: &$0, now: now) }
        return writer.bytes
    }
}

extension SyncPass {
    /// Writes the changes of presence that the reader gets to see, and how those are with whom he shares a room since;
    /// returns how many there were.
    func appendPresence(in rooms: [RoomCase], to writer: inout JSONWriter) throws -> Int {
        guard let presence = engine.presence else { return 0 }
        let filter = request.filter.presence
        guard filter.admits(type: "m.presence") else { return 0 }
        var changes = presence.changes(since: since?.serial)
        let known = Set(changes.map(\.user))
        for user in try newlyNear(rooms) where user != request.number && !known.contains(user) {
            if let entry = presence.entry(of: user) { changes.append((user, entry)) }
        }
        guard !changes.isEmpty else { return 0 }
        // With many at once one query for everybody is cheaper than one for each.
        let sharers = changes.count > 16 ? try sharers() : nil
        var count = 0
        for (user, entry) in changes.sorted(by: { $0.entry.serial < $1.entry.serial }) {
            let shares = try sharers?.contains(user) ?? MembershipQueries.shareRoom(request.number, user, tx)
            guard shares || user == request.number else { continue }
            let name = try tx.user(user)
            guard filter.admits(sender: name.rawValue), !ignored.contains(name) else { continue }
            writer.object { event in
                event.member("type", "m.presence")
                event.member("sender", name.rawValue)
                event.memberObject("content") { content in
                    entry.append(to: &content, now: now)
                    if let name = entry.profile?.displayname { content.member("displayname", name) }
                    if let avatar = entry.profile?.avatarURL { content.member("avatar_url", avatar) }
                }
            }
            count += 1
        }
        return count
    }

    /// Who joined one of the reader's rooms since the device last asked, and who was there when the reader joined one.
    private func newlyNear(_ rooms: [RoomCase]) throws -> Set<Int64> {
        guard let since else { return [] }
        let joined = rooms.filter { $0.events && $0.standing.membership == .join }
        let news = engine.hub.lastNews(in: joined.map(\.number))
        var near: Set<Int64> = []
        for room in joined where news[room.number].map({ $0.member > since.position }) ?? false {
            let after = room.standing.before == .join ? since.position : 0
            near.formUnion(
                try MembershipQueries.members(of: room.number, tx).lazy
                    .filter { $0.membership == .join && $0.position > after }.map(\.user))
        }
        return near
    }

    private func sharers() throws -> Set<Int64> {
        let rows = try tx.rows(
            """
            SELECT DISTINCT theirs."user" FROM memberships AS mine JOIN memberships AS theirs ON theirs.room = mine.room
            WHERE mine."user" = ? AND mine.membership = 'join' AND theirs.membership = 'join'
            """, .int(request.number))
        return try Set(rows.map { try $0.int(0) })
    }
}
