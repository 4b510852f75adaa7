import Matrix

/// Why an action in a room is refused, besides the authorization rules' own reasons.
package enum RoomError: Error, Equatable {
    /// The room does not exist or the person is not in it; the two look alike.
    case notInRoom
    /// There is no such event in this room, or the person may not see it.
    case eventNotFound
    /// The room can only be forgotten after leaving it.
    case stillInRoom
    /// Somebody is already where he was to be moved.
    case alreadyJoined
    /// The person to be unbanned is not banned.
    case notBanned
    /// The person to be removed is not in the room.
    case targetNotInRoom
    /// The alias leads elsewhere already.
    case aliasTaken
    /// There is no such alias.
    case aliasNotFound
    /// An alias in the event does not lead to this room.
    case badAlias(String)
    /// The alias is not on this server.
    case foreignAlias
    /// The person is not on this server and federation is off.
    case foreignUser
    /// The room does not admit guests.
    case noGuests
    /// The initial state contradicts the rules.
    case invalidInitialState(String)
    /// Invitations by e-mail or phone need an identity server, and there is none.
    case noThirdPartyInvites
    /// The caller may not change the directory entry.
    case directoryForbidden
    /// The same reaction to the same event was sent before.
    case annotatedBefore
    /// A thread cannot begin at an event that itself relates to another.
    case threadFromRelation
    /// The event for which a thread is to be followed is not in that thread.
    case notInThread
    /// The person ceased to follow the thread after the event for which a client would follow it again.
    case unsubscribedSince
    /// The person takes no invitations from the one who invites.
    case inviteBlocked
}

extension RoomError: MatrixErrorConvertible {
    /// The form in which a client sees it.
    package var matrixError: MatrixError {
        switch self {
        case .notInRoom: .forbidden("you are not in this room, or it does not exist")
        case .eventNotFound: .notFound("no such event in this room")
        case .stillInRoom: .unknown("leave the room before you forget it", status: 400)
        case .alreadyJoined: .forbidden("this person is already in the room")
        case .notBanned: .badState("this person is not banned from the room")
        case .targetNotInRoom: .forbidden("this person is not in the room")
        case .aliasTaken: MatrixError(.unknown, "this alias already leads to a room", status: 409)
        case .aliasNotFound: .notFound("no such alias")
        case .badAlias(let alias):
            MatrixError(.badAlias, "\(alias) does not lead to this room", status: 400)
        case .foreignAlias: .invalidParam("the alias must be on this server")
        case .foreignUser: .forbidden("people on other servers cannot be reached, because federation is off")
        case .noGuests: .guestAccessForbidden()
        case .invalidInitialState(let why): .invalidRoomState("the room cannot start like this: \(why)")
        case .noThirdPartyInvites:
            MatrixError(
                .threepidDenied, "people can only be invited by their user ID on this server",
                status: 403)
        case .directoryForbidden: .forbidden("you may not change this entry of the directory")
        case .annotatedBefore: .duplicateAnnotation()
        case .threadFromRelation: .unknown("a thread cannot begin at an event that relates to another one", status: 400)
        case .notInThread: MatrixError(.notInThread, "this event is not in the thread", status: 400)
        case .unsubscribedSince:
            MatrixError(.conflictingUnsubscription, "the thread was unsubscribed from after this event", status: 409)
        case .inviteBlocked: .inviteBlocked("this person takes no invitations")
        }
    }
}
