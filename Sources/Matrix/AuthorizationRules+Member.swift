/// The rules for `m.room.member`.
extension AuthorizationRules.Check {
    func checkMember() throws(MatrixError) {
        let content = try event.parsedContent()
        guard let stateKey = event.stateKey, let stated = content["membership"] else {
            throw .forbidden("a membership needs a state key and a membership")
        }
        try checkAuthorisedVia(content)
        guard let membership = stated.string.flatMap(Membership.init(rawValue:)) else {
            throw .forbidden("this membership is not known")
        }
        guard let target = try? UserID(parsing: stateKey) else { throw .forbidden("a membership is about a user") }
        switch membership {
        case .join: try checkJoin(target, content)
        case .invite: try checkInvite(target, content)
        case .leave: try checkLeave(target)
        case .ban: try checkBan(target)
        case .knock: try checkKnock(target)
        }
    }

    /// Whoever vouches for a join has a server that signs for it.
    private func checkAuthorisedVia(_ content: JSON) throws(MatrixError) {
        guard let authoriser = content["join_authorised_via_users_server"] else { return }
        guard let text = authoriser.string, let user = try? UserID(parsing: text), event.isSigned(by: user.serverName) else {
            throw .forbidden("the server that authorises the join has not signed it")
        }
    }

    private func checkJoin(_ target: UserID, _ content: JSON) throws(MatrixError) {
        if event.prevEvents == [create.eventID], RoomCreators(create: create, version: version).users.first == target.rawValue {
            return
        }
        guard target == event.sender else { throw .forbidden("you can only join for yourself") }
        let current = state.membership(of: target.rawValue)
        guard current != .ban else { throw .forbidden("you are banned from the room") }
        let isExpected = current == .join || current == .invite
        switch JoinRule(state: state) {
        case .public: return
        case .invite, .knock:
            guard isExpected else { throw .forbidden("you are not invited to the room") }
        case .restricted, .knockRestricted:
            guard isExpected || mayInvite(content["join_authorised_via_users_server"]) else {
                throw .forbidden("nobody who may invite has authorised the join")
            }
        case .private, nil: throw .forbidden("nobody can join the room")
        }
    }

    private func mayInvite(_ authoriser: JSON?) -> Bool {
        // What is not a user ID invites nobody.
        guard let text = authoriser?.string, let user = try? UserID(parsing: text) else { return false }
        let powers = powers
        return state.membership(of: text) == .join && powers.level(of: user) >= powers.invite
    }

    private func checkLeave(_ target: UserID) throws(MatrixError) {
        let current = state.membership(of: target.rawValue)
        if target == event.sender {
            guard current == .invite || current == .join || current == .knock else {
                throw .forbidden("you are not in the room")
            }
            return
        }
        try checkSenderJoined()
        let powers = powers
        let own = powers.level(of: event.sender)
        guard current != .ban || own >= powers.ban else { throw .forbidden("your power level is too low to unban") }
        guard own >= powers.kick, powers.level(of: target) < own else {
            throw .forbidden("your power level is too low to remove this person")
        }
    }

    private func checkBan(_ target: UserID) throws(MatrixError) {
        try checkSenderJoined()
        let powers = powers
        let own = powers.level(of: event.sender)
        guard own >= powers.ban, powers.level(of: target) < own else {
            throw .forbidden("your power level is too low to ban this person")
        }
    }

    private func checkKnock(_ target: UserID) throws(MatrixError) {
        guard let rule = JoinRule(state: state), rule.allowsKnocking else { throw .forbidden("the room takes no knocks") }
        guard target == event.sender else { throw .forbidden("you can only knock for yourself") }
        switch state.membership(of: target.rawValue) {
        case .ban: throw .forbidden("you are banned from the room")
        case .invite: throw .forbidden("you are invited already")
        case .join: throw .forbidden("you are in the room already")
        case .leave, .knock, nil: return
        }
    }

    func checkSenderJoined() throws(MatrixError) {
        guard state.membership(of: event.sender.rawValue) == .join else { throw .forbidden("you are not in the room") }
    }
}
