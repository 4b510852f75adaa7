import Audit
import Matrix
import Storage

/// Messages of the people who run the server, each person's in a room of its own.
///
/// The rooms belong to a user whose name is reserved and who has no account, so nobody can sign in as him. An invitation by him
/// cannot be refused; whoever joined may leave, and is invited again with the next notice.
///
/// [Specification](https://spec.matrix.org/v1.19/client-server-api/#server-notices)
extension RoomActions {
    /// The local part of the user who sends notices; it cannot be registered.
    package static let noticesLocalpart = "notices"

    /// The user who sends notices.
    var noticesUser: UserID {
        get throws { try UserID(localpart: Self.noticesLocalpart, serverName: serverName) }
    }

    /// Where a notice went.
    package struct NoticePlace: Sendable {
        /// The person, by number.
        package let person: Int64
        /// The room, by number.
        package let room: Int64
        /// The room.
        package let roomID: RoomID
    }

    /// Sends a notice to somebody who has an account, in one transaction with everything that it takes.
    /// - Parameter tagging: what else belongs to it, in the same transaction.
    /// - Throws: `M_NOT_FOUND` for somebody never seen here, `M_TOO_LARGE`.
    package func notice(
        _ text: String, to user: UserID, by actor: AuditEntry.Actor, at now: Int64,
        tagging: @escaping @Sendable (NoticePlace, Transaction) throws -> Void
    ) async throws -> EventID {
        let sender = try noticesUser
        return try await store.write { [self] tx in
            guard let person = try tx.number(of: user) else { throw MatrixError.notFound("there is no account \(user.rawValue)") }
            let desk = Requester(user: sender, number: try tx.intern(sender), device: nil, origin: actor.origin)
            var writer = try noticeRoom(of: person, desk, at: now, tx)
            let place = NoticePlace(person: person, room: writer.state.number, roomID: writer.state.roomID)
            let membership = writer.state.membership(of: user)
            if membership != .join, membership != .invite {
                try writer.append(
                    RoomWriter.Wish("m.room.member", stateKey: user.rawValue, content: .object(Self.member(.invite, nil))),
                    by: sender, desk.number, at: now)
            }
            try tagging(place, tx)
            let content: JSONValue = [
                "msgtype": "m.server_notice", "body": .string(text), "server_notice_type": "conclave.announcement",
            ]
            let event = try writer.append(RoomWriter.Wish("m.room.message", content: content), by: sender, desk.number, at: now)
            try AuditLog.append(
                AuditEntry(code: .adminNoticeSend, actor: actor, target: user.rawValue, room: place.roomID, time: now), tx)
            return event.eventID
        }
    }

    /// The person's room, made now if there is none (any more).
    private func noticeRoom(of person: Int64, _ desk: Requester, at now: Int64, _ tx: Transaction) throws -> RoomWriter {
        if let row = try tx.first("SELECT room FROM notice_rooms WHERE person = ?", .int(person)),
            let state = try RoomState.load(tx.room(row.int(0)), tx)
        {
            return RoomWriter(state: state, actions: self, tx: tx)
        }
        var wish = RoomWish()
        wish.name = "Server notices"
        wish.powerLevels = ["events_default": 50, "invite": 100, "state_default": 100]
        wish.initialState = [
            .init(type: "m.room.guest_access", stateKey: "", content: ["guest_access": "forbidden"])
        ]
        let writer = try build(
            wish, profile: MemberProfile(displayname: "Server notices", avatarURL: nil), by: desk, at: now, tx)
        try tx.run(
            "INSERT INTO notice_rooms(person, room) VALUES (?, ?) ON CONFLICT (person) DO UPDATE SET room = excluded.room",
            .int(person), .int(writer.state.number))
        return writer
    }
}

extension UserID {
    /// Whether this is the user who sends the server's own notices: they reach also those who take no invitations.
    package var sendsServerNotices: Bool { localpart == RoomActions.noticesLocalpart }
}

extension RoomWriter {
    /// Refuses to let somebody decline the invitation into his room of server notices.
    /// - Throws: `M_CANNOT_LEAVE_SERVER_NOTICE_ROOM`.
    func requireDeclinable(by user: UserID) throws {
        guard state.membership(of: user) == .invite,
            try state.stateEvent("m.room.member", user.rawValue)?.sender == actions.noticesUser
        else { return }
        throw MatrixError.cannotLeaveServerNoticeRoom("the invitation to the server's notices cannot be declined")
    }
}
