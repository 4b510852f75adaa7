import Audit
import Matrix
import Storage

/// What somebody asks for when he creates a room. See `POST /createRoom`.
package struct RoomWish: Sendable {
    /// The shipped starting points.
    package enum Preset: String, Sendable {
        case privateChat = "private_chat"
        case trustedPrivateChat = "trusted_private_chat"
        case publicChat = "public_chat"
    }

    /// A piece of state to begin with.
    package struct InitialState: Sendable {
        /// The event's type.
        package let type: String
        /// The event's state key.
        package let stateKey: String
        /// The event's content, canonical.
        package let content: JSONValue

        /// A piece of state of its parts.
        package init(type: String, stateKey: String, content: JSONValue) {
            self.type = type
            self.stateKey = stateKey
            self.content = content
        }
    }

    /// The room version, nil for the server's default.
    package var version: RoomVersion?
    /// The starting point.
    package var preset = Preset.privateChat
    /// Whether the room is published in the directory.
    package var isPublished = false
    /// The alias to make for it.
    package var alias: RoomAlias?
    /// Its name.
    package var name: String?
    /// Its topic.
    package var topic: String?
    /// Whom to invite.
    package var invite: [UserID] = []
    /// How those who are invited are known.
    package var profiles: [UserID: MemberProfile] = [:]
    /// Whether the invitations say that this is a direct chat.
    package var isDirect = false
    /// Further keys of the create event.
    package var creationContent: [String: JSONValue] = [:]
    /// State set after the preset's.
    package var initialState: [InitialState] = []
    /// Keys laid over the power levels.
    package var powerLevels: [String: JSONValue] = [:]

    /// The smallest wish: a private room.
    package init() {}
}

/// What a member event says of its person.
package struct MemberProfile: Sendable, Equatable {
    /// The display name, if there is one.
    package let displayname: String?
    /// The avatar's `mxc://` address, if there is one.
    package let avatarURL: String?

    /// A profile of its parts.
    package init(displayname: String?, avatarURL: String?) {
        self.displayname = displayname
        self.avatarURL = avatarURL
    }

    /// The content of a member event with this profile.
    func content(_ membership: Membership, adding extra: [String: JSONValue] = [:]) -> JSONValue {
        var content = extra
        content["membership"] = .string(membership.rawValue)
        if let displayname { content["displayname"] = .string(displayname) }
        if let avatarURL { content["avatar_url"] = .string(avatarURL) }
        return .object(content)
    }
}

extension RoomActions {
    /// Creates a room with everything that was asked for, or nothing at all.
    /// - Throws: `M_ROOM_IN_USE`, `M_INVALID_ROOM_STATE`, `M_FORBIDDEN` for people of other servers.
    package func create(
        _ wish: RoomWish, profile: MemberProfile, by requester: Requester, at now: Int64
    ) async throws -> RoomID {
        guard wish.invite.allSatisfy({ $0.serverName == serverName }) else { throw RoomError.foreignUser }
        return try await store.write { tx in
            let encrypts = encryption.encrypts(wish)
            let roomID = try build(wish, profile: profile, encrypts: encrypts, by: requester, at: now, tx).state.roomID
            try AuditLog.append(AuditEntry(code: .roomCreate, by: requester, room: roomID, time: now), tx)
            return roomID
        }
    }

    /// Creates a room inside a transaction, without an audit entry.
    func build(
        _ wish: RoomWish, profile: MemberProfile, encrypts: Bool = false, by requester: Requester, at now: Int64,
        _ tx: Transaction
    ) throws -> RoomWriter {
        var writer = try begin(wish, requester, named: nil, at: now, tx)
        do {
            let room = NewRoom(
                wish, creator: requester.user, profile: profile, version: writer.state.version, encrypts: encrypts)
            for event in room.events {
                try writer.append(event, by: requester.user, requester.number, at: now)
            }
        } catch let refusal as MatrixError where refusal.code == .forbidden {
            throw RoomError.invalidInitialState(refusal.message)
        }
        if let alias = wish.alias { try AliasQueries.add(alias, to: writer.state.number, by: requester.number, tx) }
        if wish.isPublished { try DirectoryQueries.publish(writer.state.number, true, tx) }
        for user in wish.invite where user != requester.user {
            let profile = wish.profiles[user] ?? MemberProfile(displayname: nil, avatarURL: nil)
            let content = profile.content(.invite, adding: wish.isDirect ? ["is_direct": true] : [:])
            try writer.append(
                RoomWriter.Wish("m.room.member", stateKey: user.rawValue, content: content), by: requester.user,
                requester.number, at: now)
        }
        return writer
    }

    /// The create event, which gives a room of version 12 its name, and the room's row.
    /// - Parameter named: the room's ID, where it was chosen beforehand; not for versions that name the room after the event.
    func begin(
        _ wish: RoomWish, _ requester: Requester, named: RoomID?, at now: Int64, _ tx: Transaction
    ) throws -> RoomWriter {
        let version = wish.version ?? defaultVersion
        var content = wish.creationContent
        content["room_version"] = .string(version.rawValue)
        content["creator"] = version.namesCreatorInContent ? .string(requester.user.rawValue) : nil
        if version.hasPrivilegedCreators, wish.preset == .trustedPrivateChat {
            try Self.addCreators(wish.invite.filter { $0 != requester.user }, to: &content)
        }
        let named =
            version.namesRoomAfterCreateEvent
            ? nil : try named ?? RoomID(localpart: Self.randomLocalpart(), serverName: serverName)
        let draft = EventDraft(
            roomID: named, sender: requester.user, type: "m.room.create", stateKey: "",
            content: JSONValue.object(content).canonical(), redacts: nil, originServerTS: now, depth: 1,
            prevEvents: [], authEvents: [])
        do throws(MatrixError) { try AuthorizationRules.check(draft, state: EmptyRoom(), version: version) } catch {
            throw RoomError.invalidInitialState(error.message)
        }
        let pdu = try signer.sign(draft, version: version)
        let number = try tx.intern(pdu.roomID)
        try DirectoryQueries.insertRoom(number, version: version, creator: requester.number, at: now, tx)
        var writer = RoomWriter(
            state: RoomState(number: number, roomID: pdu.roomID, version: version), actions: self, tx: tx)
        try writer.store(pdu, sender: requester.number)
        return writer
    }

    /// 18 letters: 103 bits, so nobody guesses a room.
    static func randomLocalpart() -> String {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
        return String((0..<18).compactMap { _ in letters.randomElement() })
    }

    private static func addCreators(_ users: [UserID], to content: inout [String: JSONValue]) throws {
        var names: [JSONValue] = []
        if case .array(let given)? = content["additional_creators"] { names = given }
        for user in users where !names.contains(.string(user.rawValue)) { names.append(.string(user.rawValue)) }
        if !names.isEmpty { content["additional_creators"] = .array(names) }
    }
}

/// The state before the first event.
private struct EmptyRoom: RoomStateLookup {
    func stateEvent(_ type: String, _ stateKey: String) -> StateEvent? { nil }
}
