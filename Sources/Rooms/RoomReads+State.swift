import Audit
import Matrix
import Storage

/// Which members somebody asks for; the two conditions are alternatives.
package struct MembersWish: Sendable {
    /// Members with this membership.
    package let membership: Membership?
    /// Members with any other membership than this.
    package let notMembership: Membership?
    /// The moment asked about; `nil` for now.
    package let at: HistoryToken?

    /// Members of a room.
    package init(membership: Membership? = nil, notMembership: Membership? = nil, at: HistoryToken? = nil) {
        self.membership = membership
        self.notMembership = notMembership
        self.at = at
    }

    /// Whether a membership is asked for.
    func admits(_ found: Membership) -> Bool {
        if membership == nil, notMembership == nil { return true }
        return found == membership || notMembership.map { found != $0 } ?? false
    }
}

/// How a joined member shows up in `/joined_members`.
package struct JoinedMember: Sendable {
    /// The member.
    package let user: UserID
    /// The name in this room.
    package let displayName: String?
    /// The picture in this room.
    package let avatarURL: String?

    /// A member as it shows up.
    package init(user: UserID, displayName: String?, avatarURL: String?) {
        self.user = user
        self.displayName = displayName
        self.avatarURL = avatarURL
    }
}

extension RoomReads {
    /// The state of a room as its reader sees it: the current one, or the one at the reader's leave.
    package func state(of roomID: RoomID, by requester: Requester, at now: Int64) async throws -> [ViewedEvent] {
        try await look(into: roomID, by: requester, at: now) { look in
            try look.view(look.reading.state(cache: look.cache, look.tx))
        }
    }

    /// One piece of that state; throws ``RoomReadError/stateNotFound``.
    package func state(
        _ type: String, _ stateKey: String, of roomID: RoomID, by requester: Requester, at now: Int64
    ) async throws -> ViewedEvent {
        try await look(into: roomID, by: requester, at: now) { look in
            guard let event = try look.reading.state(type, stateKey, cache: look.cache, look.tx) else {
                throw RoomReadError.stateNotFound
            }
            return try look.view([event])[0]
        }
    }

    /// The member events of a room, now, at the reader's leave or at an earlier moment that the reader may see.
    package func members(
        of roomID: RoomID, _ wish: MembersWish, by requester: Requester, at now: Int64
    ) async throws -> [ViewedEvent] {
        try await look(into: roomID, by: requester, at: now) { look in
            guard let moment = try look.moment(wish.at) else { return try look.view(look.currentMembers(wish)) }
            let entries = try StateQueries.entries(of: look.reading.room, type: "m.room.member", at: moment, look.tx)
            let events = try Timeline.events(at: entries.map(\.position).sorted(), cache: look.cache, look.tx)
            return try look.view(
                events.filter { event in
                    try event.content["membership"]?.string.flatMap(Membership.init(rawValue:)).map(wish.admits) ?? false
                })
        }
    }

    /// The joined members with their names, for somebody who is one of them.
    package func joinedMembers(of roomID: RoomID, by requester: Requester) async throws -> [JoinedMember] {
        try await look(into: roomID, by: requester, at: 0) { look in
            guard look.reading.isJoined else { throw RoomReadError.notVisible }
            let rows = try MembershipQueries.members(of: look.reading.room, .join, look.tx)
            return try Timeline.events(at: rows.map(\.position), cache: look.cache, look.tx).compactMap { event in
                guard let key = event.stateKey else { return nil }
                let content = try event.content
                return JoinedMember(
                    user: try UserID(parsing: key), displayName: content["displayname"]?.string,
                    avatarURL: content["avatar_url"]?.string)
            }
        }
    }
}

extension Look {
    /// The moment in the past that a request is about; `nil` for now. Throws ``RoomReadError/notVisible`` if it is hidden.
    ///
    /// What `/sync` gives as `prev_batch` may lie before everything that the reader sees; then it stands for his first arrival.
    fileprivate func moment(_ wanted: HistoryToken?) throws -> Int64? {
        guard let wanted else { return reading.end }
        let moment = min(wanted.position, reading.end ?? .max)
        if let last = try Timeline.last(in: reading.room, upTo: moment, tx), reading.history.maySee(last) { return moment }
        guard let arrival = reading.history.memberships.first(where: { $0.value == .join })?.position, moment < arrival else {
            throw RoomReadError.notVisible
        }
        return arrival
    }

    fileprivate func currentMembers(_ wish: MembersWish) throws -> [StoredEvent] {
        let rows =
            if let membership = wish.membership, wish.notMembership == nil {
                try MembershipQueries.members(of: reading.room, membership, tx)
            } else {
                try MembershipQueries.members(of: reading.room, tx).filter { wish.admits($0.membership) }
            }
        return try Timeline.events(at: rows.map(\.position), cache: cache, tx)
    }
}
