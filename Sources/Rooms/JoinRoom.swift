import Audit
import Matrix
import Storage

extension RoomActions {
    /// Joins a room: an open one, one that the person was invited to, or a restricted one whose condition he meets.
    /// - Parameters:
    ///   - asGuest: whether the account is a guest's, who may enter only where guests are admitted.
    ///   - extra: further keys of the member event's content, for instance `reason`.
    /// - Throws: `M_FORBIDDEN`, `M_GUEST_ACCESS_FORBIDDEN`.
    package func join(
        _ roomID: RoomID, profile: MemberProfile, asGuest: Bool, adding extra: [String: JSONValue] = [:],
        by requester: Requester, at now: Int64
    ) async throws {
        try await change(roomID) { writer in
            let state = writer.state
            guard state.membership(of: requester.user) != .join else { return }
            if asGuest, !state.admitsGuests { throw RoomError.noGuests }
            let isNew = state.membership(of: requester.user) != .leave
            var extra = extra
            if let resident = try RestrictedJoin.authorisingUser(for: requester.user, requester.number, state, writer.tx) {
                extra["join_authorised_via_users_server"] = .string(resident.rawValue)
            }
            try writer.move(requester.user, profile.content(.join, adding: extra), .roomJoin, by: requester, at: now)
            if isNew { try writer.carryOver(for: requester.user, requester.number) }
        }
    }

    /// Knocks at a room, asking its members for an invitation.
    /// - Throws: `M_FORBIDDEN` when the room takes no knocks from this person.
    package func knock(
        at roomID: RoomID, profile: MemberProfile, reason: String?, by requester: Requester, at now: Int64
    ) async throws {
        try await change(roomID) { writer in
            guard writer.state.membership(of: requester.user) != .knock else { return }
            try writer.move(
                requester.user, profile.content(.knock, adding: Self.extra(reason)), .roomKnock, by: requester, at: now)
        }
    }

    /// Leaves a room, refuses an invitation or takes back a knock.
    /// - Throws: `M_FORBIDDEN` when the person is not in the room in any of these ways.
    package func leave(_ roomID: RoomID, reason: String?, by requester: Requester, at now: Int64) async throws {
        try await leave(roomID, reason: reason, evenNotices: false, by: requester, at: now)
    }

    private func leave(
        _ roomID: RoomID, reason: String?, evenNotices: Bool, by requester: Requester, at now: Int64
    ) async throws {
        try await change(roomID) { writer in
            if !evenNotices { try writer.requireDeclinable(by: requester.user) }
            switch writer.state.membership(of: requester.user) {
            case .leave: return
            case nil, .ban: throw RoomError.notInRoom
            case .join, .invite, .knock:
                try writer.move(
                    requester.user, .object(Self.member(.leave, reason)), .roomLeave, by: requester, at: now)
            }
        }
    }

    /// Leaves every room that somebody is in, invited to or knocking at. Done when an account ends.
    package func leaveAll(by requester: Requester, at now: Int64) async throws {
        for roomID in try await currentRooms(of: requester.number, [.join, .invite, .knock]) {
            do { try await leave(roomID, reason: nil, evenNotices: true, by: requester, at: now) } catch let error as MatrixError
                where error.code == .forbidden
            {
                // Somebody was faster and removed him; he is out, which is what was wanted.
                continue
            }
        }
    }

    /// Takes a room out of somebody's lists and history, after he left it.
    /// - Throws: `M_UNKNOWN` while he is still in it.
    package func forget(_ roomID: RoomID, by requester: Requester, at now: Int64) async throws {
        try await change(roomID) { writer in
            switch writer.state.membership(of: requester.user) {
            case .join, .invite, .knock: throw RoomError.stillInRoom
            case nil: throw RoomError.notInRoom
            case .leave, .ban:
                try MembershipQueries.forget(writer.state.number, by: requester.number, writer.tx)
                try writer.record(.roomForget, by: requester, at: now)
                let (hub, user, position) = (hub, requester.number, try writer.tx.nextPosition())
                writer.tx.afterCommit { hub.userChanged(user, position: position) }
            }
        }
    }

    /// Puts a changed profile into the member events of all rooms that the person is in.
    package func profileChanged(to profile: MemberProfile, by requester: Requester, at now: Int64) async throws {
        for roomID in try await currentRooms(of: requester.number, [.join]) {
            try await change(roomID) { writer in
                guard let member = writer.state.stateEvent("m.room.member", requester.user.rawValue),
                    writer.state.membership(of: requester.user) == .join
                else { return }
                var content: [String: JSONValue] = [:]
                for (key, value) in member.content.members { content[key] = JSONValue(value) }
                content["displayname"] = profile.displayname.map(JSONValue.string)
                content["avatar_url"] = profile.avatarURL.map(JSONValue.string)
                // A join that was authorised once stays so; the key would make the rules ask again.
                content["join_authorised_via_users_server"] = nil
                guard JSONValue.object(content).canonical() != (try member.content.canonical()) else { return }
                try writer.append(
                    RoomWriter.Wish("m.room.member", stateKey: requester.user.rawValue, content: .object(content)),
                    by: requester.user, requester.number, at: now)
            }
        }
    }

    private func currentRooms(of user: Int64, _ memberships: Set<Membership>) async throws -> [RoomID] {
        try await store.read { tx in
            try MembershipQueries.rooms(of: user, tx).filter { memberships.contains($0.membership) }
                .map { try tx.room($0.room) }
        }
    }

    static func extra(_ reason: String?) -> [String: JSONValue] {
        reason.map { ["reason": .string($0)] } ?? [:]
    }

    static func member(_ membership: Membership, _ reason: String?) -> [String: JSONValue] {
        var content = extra(reason)
        content["membership"] = .string(membership.rawValue)
        return content
    }
}

extension RoomWriter {
    /// Appends a member event for somebody and records the act.
    mutating func move(
        _ target: UserID, _ content: JSONValue, _ code: AuditCode, by requester: Requester, at now: Int64
    ) throws {
        try append(
            Wish("m.room.member", stateKey: target.rawValue, content: content), by: requester.user, requester.number,
            at: now)
        try record(code, target.rawValue, by: requester, at: now)
    }

    /// Writes the audit entry of what was just done in the room.
    func record(_ code: AuditCode, _ target: String? = nil, by requester: Requester, at now: Int64) throws {
        try AuditLog.append(AuditEntry(code: code, by: requester, target: target, room: state.roomID, time: now), tx)
    }
}
