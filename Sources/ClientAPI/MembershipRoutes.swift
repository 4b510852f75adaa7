import Access
import Audit
import HTTPSurface
import HTTPTypes
import Identity
import Matrix
import Rooms

extension ClientRoutes {
    /// Joining, knocking, leaving, forgetting, and moving other people.
    static func membership(_ services: ClientServices) -> [Route] {
        [
            Route(
                .post, "/_matrix/client/v3/join/{roomIdOrAlias}", permission: .roomJoin, audit: .writes(.roomJoin)
            ) { exchange, session in
                let roomID = try await services.room(exchange.path("roomIdOrAlias"))
                return try await join(roomID, exchange, session, services)
            },
            Route(
                .post, "/_matrix/client/v3/rooms/{roomId}/join", permission: .roomJoin, audit: .writes(.roomJoin)
            ) { exchange, session in
                try await join(RoomID(parsing: exchange.path("roomId")), exchange, session, services)
            },
            Route(
                .post, "/_matrix/client/v3/knock/{roomIdOrAlias}", permission: .roomKnock, audit: .writes(.roomKnock)
            ) { exchange, session in
                let roomID = try await services.room(exchange.path("roomIdOrAlias"))
                let reason = try await exchange.bodyOrEmpty().optionalString("reason")
                try await services.rooms.knock(
                    at: roomID, profile: try await services.memberProfile(of: session), reason: reason,
                    by: session.requester, at: exchange.now)
                return .object { $0.member("room_id", roomID.rawValue) }
            },
            Route(
                .post, "/_matrix/client/v3/rooms/{roomId}/leave", permission: .roomLeave, audit: .writes(.roomLeave)
            ) { exchange, session in
                let roomID = try RoomID(parsing: exchange.path("roomId"))
                let reason = try await exchange.bodyOrEmpty().optionalString("reason")
                try await services.rooms.leave(roomID, reason: reason, by: session.requester, at: exchange.now)
                return .empty
            },
            Route(
                .post, "/_matrix/client/v3/rooms/{roomId}/forget", permission: .roomForget,
                audit: .writes(.roomForget)
            ) { exchange, session in
                _ = try await exchange.bodyOrEmpty()
                let roomID = try RoomID(parsing: exchange.path("roomId"))
                try await services.rooms.forget(roomID, by: session.requester, at: exchange.now)
                return .empty
            },
            Route(
                .post, "/_matrix/client/v3/rooms/{roomId}/invite", permission: .roomInvite, audit: .writes(.roomInvite),
                rate: .message
            ) { exchange, session in
                let body = try await exchange.body()
                if body["id_server"] != nil || body["medium"] != nil { throw RoomError.noThirdPartyInvites }
                let target = try Target(exchange, body)
                try await services.rooms.invite(
                    target.user, to: target.room,
                    profile: try await services.memberProfiles(of: [target.user])[target.user]
                        ?? MemberProfile(displayname: nil, avatarURL: nil), reason: target.reason, by: session.requester,
                    at: exchange.now)
                return .empty
            },
            move("kick", .roomKick, .roomKick) { target, requester, now in
                try await services.rooms.kick(
                    target.user, from: target.room, reason: target.reason, by: requester, at: now)
            },
            move("ban", .roomBan, .roomBan) { target, requester, now in
                try await services.rooms.ban(
                    target.user, from: target.room, reason: target.reason, by: requester, at: now)
            },
            move("unban", .roomBan, .roomUnban) { target, requester, now in
                try await services.rooms.unban(
                    target.user, from: target.room, reason: target.reason, by: requester, at: now)
            },
        ]
    }

    /// Whom an act is about, in which room, and why.
    private struct Target: Sendable {
        let room: RoomID
        let user: UserID
        let reason: String?

        init(_ exchange: Exchange, _ body: JSON) throws {
            room = try RoomID(parsing: exchange.path("roomId"))
            user = try UserID(parsing: body.requiredString("user_id"))
            reason = try body.optionalString("reason")
        }
    }

    private static func move(
        _ verb: String, _ permission: Permission, _ code: AuditCode,
        _ act: @escaping @Sendable (Target, Requester, Int64) async throws -> Void
    ) -> Route {
        Route(
            .post, "/_matrix/client/v3/rooms/{roomId}/\(verb)", permission: permission, audit: .writes(code)
        ) { exchange, session in
            let target = try Target(exchange, try await exchange.body())
            try await act(target, session.requester, exchange.now)
            return .empty
        }
    }

    private static func join(
        _ roomID: RoomID, _ exchange: Exchange, _ session: Session, _ services: ClientServices
    ) async throws -> Reply {
        let body = try await exchange.bodyOrEmpty()
        var extra: [String: JSONValue] = [:]
        if let reason = try body.optionalString("reason") { extra["reason"] = .string(reason) }
        try await services.rooms.join(
            roomID, profile: try await services.memberProfile(of: session), asGuest: session.isGuest, adding: extra,
            by: session.requester, at: exchange.now)
        return .object { $0.member("room_id", roomID.rawValue) }
    }
}
