import Access
import HTTPSurface
import HTTPTypes
import Identity
import Matrix
import Rooms

extension ClientRoutes {
    /// Who is in a room.
    static func members(_ services: ClientServices) -> [Route] {
        [
            Route(.get, "/_matrix/client/v3/rooms/{roomId}/members", permission: .roomRead, audit: .reads) { exchange, session in
                let roomID = try RoomID(parsing: exchange.path("roomId"))
                let wish = MembersWish(
                    membership: try membership("membership", exchange), notMembership: try membership("not_membership", exchange),
                    at: try exchange.query("at").map(HistoryToken.init(parsing:)))
                let members = try await services.rooms.reads.members(of: roomID, wish, by: session.requester, at: exchange.now)
                return try .object { try $0.memberEvents("chunk", members, roomID: roomID) }
            },
            Route(
                .get, "/_matrix/client/v3/rooms/{roomId}/joined_members", permission: .roomRead, audit: .reads
            ) { exchange, session in
                let roomID = try RoomID(parsing: exchange.path("roomId"))
                let members = try await services.rooms.reads.joinedMembers(of: roomID, by: session.requester)
                return .object { answer in
                    answer.memberObject("joined") { joined in
                        for member in members {
                            joined.memberObject(member.user.rawValue) { profile in
                                if let name = member.displayName { profile.member("display_name", name) }
                                if let avatar = member.avatarURL { profile.member("avatar_url", avatar) }
                            }
                        }
                    }
                }
            },
        ]
    }

    private static func membership(_ name: String, _ exchange: Exchange) throws(MatrixError) -> Membership? {
        guard let word = exchange.query(name) else { return nil }
        guard let membership = Membership(rawValue: word) else {
            throw .invalidParam("\(name) must be join, invite, knock, leave or ban")
        }
        return membership
    }
}
