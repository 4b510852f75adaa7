import Audit
import Matrix
import Storage

/// Moving other people.
extension RoomActions {
    /// Invites somebody of this server.
    /// - Parameter profile: how the invited person is known, for those who see the invitation.
    /// - Throws: `M_FORBIDDEN` when he is in the room already, banned, or the inviter may not.
    package func invite(
        _ user: UserID, to roomID: RoomID, profile: MemberProfile, reason: String?, by requester: Requester, at now: Int64
    ) async throws {
        guard user.serverName == serverName else { throw RoomError.foreignUser }
        try await change(roomID) { writer in
            guard writer.state.membership(of: requester.user) == .join else { throw RoomError.notInRoom }
            if writer.state.membership(of: user) == .join { throw RoomError.alreadyJoined }
            try writer.move(user, profile.content(.invite, adding: Self.extra(reason)), .roomInvite, by: requester, at: now)
        }
    }

    /// Removes somebody from the room: a member, an invited or a knocking person.
    /// - Throws: `M_FORBIDDEN`.
    package func kick(
        _ user: UserID, from roomID: RoomID, reason: String?, by requester: Requester, at now: Int64
    ) async throws {
        try await change(roomID) { writer in
            guard writer.state.membership(of: requester.user) == .join else { throw RoomError.notInRoom }
            switch writer.state.membership(of: user) {
            case .join, .invite, .knock: break
            case nil, .leave, .ban: throw RoomError.targetNotInRoom
            }
            try writer.move(user, .object(Self.member(.leave, reason)), .roomKick, by: requester, at: now)
        }
    }

    /// Bans somebody from the room. Banning a banned person changes nothing.
    /// - Throws: `M_FORBIDDEN`.
    package func ban(
        _ user: UserID, from roomID: RoomID, reason: String?, by requester: Requester, at now: Int64
    ) async throws {
        try await change(roomID) { writer in
            guard writer.state.membership(of: requester.user) == .join else { throw RoomError.notInRoom }
            if writer.state.membership(of: user) == .ban,
                PowerLevels(state: writer.state, version: writer.state.version).mayBan(requester.user)
            {
                return
            }
            try writer.move(user, .object(Self.member(.ban, reason)), .roomBan, by: requester, at: now)
        }
    }

    /// Lifts a ban.
    /// - Throws: `M_FORBIDDEN`.
    package func unban(
        _ user: UserID, from roomID: RoomID, reason: String?, by requester: Requester, at now: Int64
    ) async throws {
        try await change(roomID) { writer in
            guard writer.state.membership(of: requester.user) == .join else { throw RoomError.notInRoom }
            guard writer.state.membership(of: user) == .ban else { throw RoomError.notBanned }
            try writer.move(user, .object(Self.member(.leave, reason)), .roomUnban, by: requester, at: now)
        }
    }
}

extension PowerLevels {
    /// Whether somebody's level suffices to ban.
    fileprivate func mayBan(_ user: UserID) -> Bool { level(of: user) >= ban }
}
