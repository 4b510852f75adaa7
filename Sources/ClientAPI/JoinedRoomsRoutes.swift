import Access
import HTTPSurface
import HTTPTypes
import Identity
import Matrix
import Rooms

extension ClientRoutes {
    /// The rooms the caller is in.
    static func joinedRooms(_ services: ClientServices) -> [Route] {
        [
            Route(.get, "/_matrix/client/v3/joined_rooms", permission: .roomRead, audit: .reads) { _, session in
                let rooms = try await services.rooms.reads.joinedRooms(of: session.requester)
                return .object { answer in
                    answer.memberArray("joined_rooms") { list in
                        for room in rooms { list.string(room.rawValue) }
                    }
                }
            }
        ]
    }
}
