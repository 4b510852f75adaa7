import Audit
import Matrix
import Storage

extension RoomActions {
    /// Sets a piece of the room's state. Setting what is already there changes nothing and returns the event that set it.
    /// - Throws: `M_FORBIDDEN`, `M_BAD_JSON`, `M_BAD_ALIAS`, `M_TOO_LARGE`.
    package func setState(
        _ type: String, stateKey: String, content: JSON, in roomID: RoomID, by requester: Requester, at now: Int64
    ) async throws -> EventID {
        let canonical = try Self.canonical(content)
        return try await change(roomID) { writer in
            if type != "m.room.create", let current = writer.state.stateEvent(type, stateKey), current.sender == requester.user,
                try current.content.canonical() == canonical, writer.state.membership(of: requester.user) == .join
            {
                return current.eventID
            }
            switch type {
            case "m.room.canonical_alias": try Self.checkAliases(content, in: writer)
            case "m.room.member":
                try Self.checkMember(stateKey, content, serverName)
                if stateKey == requester.user.rawValue, content["membership"]?.string == "leave" {
                    try writer.requireDeclinable(by: requester.user)
                }
            case "m.room.create" where writer.state.membership(of: requester.user) == .join:
                throw MatrixError.badJSON("a room is created once")
            // Who is not in the room learns nothing of its creators.
            case "m.room.power_levels" where writer.state.membership(of: requester.user) == .join:
                try Self.checkCreators(content, in: writer)
            case "m.room.tombstone" where content["replacement_room"]?.string == roomID.rawValue:
                throw MatrixError.invalidParam("a room cannot be replaced by itself")
            default: break
            }
            let admittedGuests = writer.state.admitsGuests
            let event = try writer.append(
                RoomWriter.Wish(
                    type, stateKey: stateKey,
                    canonical: try Self.vouched(type, stateKey, content, canonical, requester, in: writer)),
                by: requester.user, requester.number, at: now)
            if type == "m.room.guest_access" {
                try writer.sendGuestsAway(admittedBefore: admittedGuests, by: requester, at: now)
            }
            try writer.record(.roomStateChange, type, by: requester, at: now)
            return event.eventID
        }
    }

    /// Every alias that the event newly names must lead to this room (specification, room aliases).
    private static func checkAliases(_ content: JSON, in writer: RoomWriter) throws {
        let before = writer.state.stateEvent("m.room.canonical_alias", "")?.content
        var known = Set(before?["alt_aliases"]?.elements.compactMap(\.string) ?? [])
        if let alias = before?["alias"]?.string { known.insert(alias) }
        var named: [String] = []
        if let alias = content["alias"], !alias.isNull {
            guard let text = alias.string else { throw MatrixError.badJSON("alias must be a string") }
            named.append(text)
        }
        if let others = content["alt_aliases"], !others.isNull {
            guard others.kind == .array else { throw MatrixError.badJSON("alt_aliases must be an array") }
            for other in others.elements {
                guard let text = other.string else { throw MatrixError.badJSON("alt_aliases must hold strings") }
                named.append(text)
            }
        }
        for text in named where !known.contains(text) {
            let alias = try RoomAlias(parsing: text)
            guard try AliasQueries.room(of: alias, writer.tx) == writer.state.number else {
                throw RoomError.badAlias(text)
            }
        }
    }

    /// From version 12 on nobody may list creators: then the content is wrong, not the one who sets it.
    private static func checkCreators(_ content: JSON, in writer: RoomWriter) throws {
        guard writer.state.version.hasPrivilegedCreators, let create = writer.state.stateEvent("m.room.create", "") else {
            return
        }
        let creators = RoomCreators(create: create, version: writer.state.version).users
        guard !creators.contains(where: { content["users"]?[$0] != nil }) else {
            throw MatrixError.badJSON("creators of this room stand above all levels, so users must not list them")
        }
    }

    /// The content to store: who vouches for a join is for the server to say, never for the one who joins.
    private static func vouched(
        _ type: String, _ stateKey: String, _ content: JSON, _ canonical: [UInt8], _ requester: Requester, in writer: RoomWriter
    ) throws -> [UInt8] {
        guard type == "m.room.member", case .object(var members) = JSONValue(content) else { return canonical }
        members["join_authorised_via_users_server"] = nil
        let state = writer.state
        if content["membership"]?.string == Membership.join.rawValue, stateKey == requester.user.rawValue,
            state.membership(of: requester.user) != .join,
            let resident = try RestrictedJoin.authorisingUser(for: requester.user, requester.number, state, writer.tx)
        {
            members["join_authorised_via_users_server"] = .string(resident.rawValue)
        }
        return JSONValue.object(members).canonical()
    }

    private static func checkMember(_ stateKey: String, _ content: JSON, _ serverName: ServerName) throws {
        let user = try UserID(parsing: stateKey)
        guard let membership = content["membership"]?.string, Membership(rawValue: membership) != nil else {
            throw MatrixError.badJSON("membership must be join, invite, leave, ban or knock")
        }
        guard user.serverName == serverName || membership != "invite" else { throw RoomError.foreignUser }
    }
}
