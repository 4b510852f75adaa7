import Access
import Audit
import HTTPSurface
import HTTPTypes
import Identity
import Matrix
import Rooms

extension ClientRoutes {
    /// `POST /createRoom`.
    static func createRoom(_ services: ClientServices) -> [Route] {
        [
            Route(
                .post, "/_matrix/client/v3/createRoom", permission: .roomCreate, audit: .writes(.roomCreate)
            ) { exchange, session in
                let body = try await exchange.bodyOrEmpty()
                var wish = try RoomWish(body, on: services.serverName)
                wish.profiles = try await services.memberProfiles(of: wish.invite)
                let roomID = try await services.rooms.create(
                    wish, profile: try await services.memberProfile(of: session), by: session.requester,
                    at: exchange.now)
                return .object { $0.member("room_id", roomID.rawValue) }
            }
        ]
    }
}

extension RoomWish {
    /// Reads the body of `POST /createRoom`.
    init(_ body: JSON, on server: ServerName) throws(MatrixError) {
        self.init()
        if let version = try body.optionalString("room_version") {
            guard let known = RoomVersion(rawValue: version) else {
                throw .unsupportedRoomVersion("this server knows no room version \(version.prefix(32))")
            }
            self.version = known
        }
        switch try body.optionalString("visibility") {
        case nil, "private": isPublished = false
        case "public": isPublished = true
        default: throw .invalidParam("visibility must be public or private")
        }
        if let name = try body.optionalString("preset") {
            guard let known = Preset(rawValue: name) else {
                throw .invalidParam("preset must be private_chat, trusted_private_chat or public_chat")
            }
            preset = known
        } else {
            preset = isPublished ? .publicChat : .privateChat
        }
        if let local = try body.optionalString("room_alias_name") {
            guard !local.contains(":"), !local.contains("#") else {
                throw .invalidParam("room_alias_name is the part of the alias between # and :")
            }
            alias = try RoomAlias(parsing: "#\(local):\(server.rawValue)")
        }
        name = try body.optionalString("name")
        topic = try body.optionalString("topic")
        for text in try body.optionalStrings("invite") ?? [] {
            let user = try UserID(parsing: text)
            if !invite.contains(user) { invite.append(user) }
        }
        guard invite.count <= Self.mostInvitations else {
            throw .invalidParam("a room can start with at most \(Self.mostInvitations) invitations")
        }
        if let others = try body.optionalArray("invite_3pid"), !others.isEmpty {
            throw RoomError.noThirdPartyInvites.matrixError
        }
        isDirect = try body.optionalBool("is_direct") ?? false
        creationContent = try Self.members(of: body, "creation_content")
        powerLevels = try Self.members(of: body, "power_level_content_override")
        for state in try body.optionalArray("initial_state") ?? [] {
            guard state.kind == .object else { throw .badJSON("initial_state must hold objects") }
            initialState.append(
                InitialState(
                    type: try state.requiredString("type"), stateKey: try state.optionalString("state_key") ?? "",
                    content: try Self.canonicalValue(state.requiredObject("content"))))
        }
    }

    private static let mostInvitations = 100

    private static func members(of body: JSON, _ key: String) throws(MatrixError) -> [String: JSONValue] {
        guard let object = try body.optionalObject(key),
            case .object(let members) = try canonicalValue(object)
        else { return [:] }
        return members
    }

    /// The value, after it was found to be canonical JSON, as everything in an event must be.
    private static func canonicalValue(_ json: JSON) throws(MatrixError) -> JSONValue {
        do { _ = try json.canonical() } catch { throw error.matrixError }
        return JSONValue(json)
    }
}
