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
    /// Writes the changes of presence that the reader gets to see; returns how many there were.
    func appendPresence(to writer: inout JSONWriter) throws -> Int {
        guard let presence = engine.presence else { return 0 }
        let changes = presence.changes(since: since?.serial)
        guard !changes.isEmpty else { return 0 }
        let filter = request.filter.presence
        guard filter.admits(type: "m.presence") else { return 0 }
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

    private func sharers() throws -> Set<Int64> {
        let rows = try tx.rows(
            """
            SELECT DISTINCT theirs."user" FROM memberships AS mine JOIN memberships AS theirs ON theirs.room = mine.room
            WHERE mine."user" = ? AND mine.membership = 'join' AND theirs.membership = 'join'
            """, .int(request.number))
        return try Set(rows.map { try $0.int(0) })
    }
}
