import Access
import Audit
import Matrix
import Storage

extension RoomActions {
    /// Makes an alias lead to a room. The person must be in it.
    /// - Throws: `M_UNKNOWN` (409) when the alias leads elsewhere, `M_FORBIDDEN`.
    package func setAlias(
        _ alias: RoomAlias, to roomID: RoomID, by requester: Requester, at now: Int64
    ) async throws {
        guard alias.serverName == serverName else { throw RoomError.foreignAlias }
        try await change(roomID) { writer in
            guard writer.state.membership(of: requester.user) == .join else { throw RoomError.notInRoom }
            guard try AliasQueries.room(of: alias, writer.tx) == nil else { throw RoomError.aliasTaken }
            try AliasQueries.add(alias, to: writer.state.number, by: requester.number, writer.tx)
            try AuditLog.append(
                AuditEntry(code: .roomAliasCreate, by: requester, target: alias.rawValue, room: roomID, time: now),
                writer.tx)
        }
    }

    /// Removes an alias: its maker may, a member who may set the room's canonical alias, and an administrator.
    /// - Throws: `M_NOT_FOUND`, `M_FORBIDDEN`.
    package func deleteAlias(
        _ alias: RoomAlias, by requester: Requester, role: Role, at now: Int64
    ) async throws {
        try await store.write { tx in
            guard let entry = try AliasQueries.entry(alias, tx) else { throw RoomError.aliasNotFound }
            let roomID = try tx.room(entry.room)
            let named = try RoomState.load(roomID, tx).flatMap { $0.mayBeNamed(by: requester.user) ? $0 : nil }
            guard entry.creator == requester.number || role == .admin || named != nil else { throw RoomError.directoryForbidden }
            try AliasQueries.remove(alias, tx)
            try AuditLog.append(
                AuditEntry(code: .roomAliasDelete, by: requester, target: alias.rawValue, room: roomID, time: now), tx)
            if let named { try unname(alias, in: named, by: requester, at: now, tx) }
        }
    }

    /// Takes a deleted alias out of the room's canonical alias.
    private func unname(
        _ alias: RoomAlias, in state: RoomState, by requester: Requester, at now: Int64, _ tx: Transaction
    ) throws {
        guard let named = state.stateEvent("m.room.canonical_alias", "")?.content, case .object(let before) = JSONValue(named)
        else { return }
        var after = before
        if after["alias"] == .string(alias.rawValue) { after["alias"] = nil }
        if case .array(let others)? = after["alt_aliases"] {
            after["alt_aliases"] = .array(others.filter { $0 != .string(alias.rawValue) })
        }
        guard after != before else { return }
        var writer = RoomWriter(state: state, actions: self, tx: tx)
        _ = try writer.append(
            RoomWriter.Wish("m.room.canonical_alias", stateKey: "", content: .object(after)), by: requester.user,
            requester.number, at: now)
        try writer.record(.roomStateChange, "m.room.canonical_alias", by: requester, at: now)
    }

    /// The room that an alias leads to.
    /// - Throws: `M_NOT_FOUND`.
    package func resolve(_ alias: RoomAlias) async throws -> RoomID {
        try await store.read { tx in
            guard let room = try AliasQueries.room(of: alias, tx) else { throw RoomError.aliasNotFound }
            return try tx.room(room)
        }
    }

    /// The aliases of a room, for its members and, where its history is open to the world, for everybody.
    /// - Throws: `M_FORBIDDEN`.
    package func aliases(of roomID: RoomID, for requester: Requester) async throws -> [RoomAlias] {
        try await store.read { tx in
            guard let room = try tx.number(of: roomID) else { throw RoomError.notInRoom }
            let isMember = try MembershipQueries.membership(requester.number, room, tx)?.membership == .join
            guard try isMember || DirectoryQueries.isWorldReadable(room, tx) else { throw RoomError.notInRoom }
            return try AliasQueries.aliases(of: room, tx)
        }
    }

    /// Publishes a room in the directory or takes it out. Needs the power to set the room's canonical alias, or an administrator.
    /// - Throws: `M_NOT_FOUND`, `M_FORBIDDEN`.
    package func publish(
        _ roomID: RoomID, _ isPublished: Bool, by requester: Requester, role: Role, at now: Int64
    ) async throws {
        try await store.write { tx in
            guard let state = try RoomState.load(roomID, tx) else { throw MatrixError.notFound("no such room") }
            guard role == .admin || state.mayBeNamed(by: requester.user) else { throw RoomError.directoryForbidden }
            try DirectoryQueries.publish(state.number, isPublished, tx)
            try AuditLog.append(
                AuditEntry(
                    code: .roomDirectoryPublish, by: requester, target: isPublished ? "public" : "private", room: roomID,
                    time: now), tx)
        }
    }

    /// Whether a room is published in the directory.
    /// - Throws: `M_NOT_FOUND`.
    package func isPublished(_ roomID: RoomID) async throws -> Bool {
        try await store.read { tx in
            guard let room = try tx.number(of: roomID), let published = try DirectoryQueries.isPublished(room, tx)
            else { throw MatrixError.notFound("no such room") }
            return published
        }
    }
}

extension RoomState {
    /// Whether somebody may say under which names the room is known.
    fileprivate func mayBeNamed(by user: UserID) -> Bool {
        guard membership(of: user) == .join else { return false }
        let levels = PowerLevels(state: self, version: version)
        return levels.level(of: user) >= levels.required(forEvent: "m.room.canonical_alias", isState: true)
    }
}
