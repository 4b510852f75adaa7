import Access
import Audit
import HTTPSurface
import HTTPTypes
import Identity
import Matrix
import Rooms

extension ClientRoutes {
    /// `POST /rooms/{roomId}/upgrade`.
    static func upgrades(_ services: ClientServices) -> [Route] {
        [
            Route(
                .post, "/_matrix/client/v3/rooms/{roomId}/upgrade", permission: .roomCreate, audit: .writes(.roomUpgrade),
                rate: .message
            ) { exchange, session in
                let roomID = try RoomID(parsing: exchange.path("roomId"))
                let body = try await exchange.body()
                let name = try body.requiredString("new_version")
                guard let version = RoomVersion(rawValue: name) else {
                    throw MatrixError.unsupportedRoomVersion("this server knows no room version \(name.prefix(32))")
                }
                var creators: [UserID] = []
                for text in try body.optionalStrings("additional_creators") ?? [] where version.hasPrivilegedCreators {
                    let user = try UserID(parsing: text)
                    if user != session.user, !creators.contains(user) { creators.append(user) }
                }
                guard creators.count <= mostCreators else {
                    throw MatrixError.invalidParam("a room has at most \(mostCreators) additional creators")
                }
                let new = try await services.rooms.upgrade(
                    roomID, to: version, creators: creators, profile: try await services.memberProfile(of: session),
                    by: session.requester, at: exchange.now)
                return .object { $0.member("replacement_room", new.rawValue) }
            }
        ]
    }

    private static let mostCreators = 100
}
