import Access
import HTTPSurface
import HTTPTypes
import Identity
import Matrix
import Rooms

extension ClientRoutes {
    /// Finding the event of a time, and the rooms shared with somebody.
    static func finding(_ services: ClientServices) -> [Route] {
        [
            Route(
                .get, "/_matrix/client/v1/rooms/{roomId}/timestamp_to_event", permission: .roomRead, audit: .reads
            ) { exchange, session in
                let roomID = try RoomID(parsing: exchange.path("roomId"))
                guard let time = try exchange.queryInt("ts") else { throw MatrixError.missingParam("ts is missing") }
                let direction = try exchange.requiredDirection()
                let found = try await services.rooms.reads.event(closestTo: time, direction, in: roomID, by: session.requester)
                return .object {
                    $0.member("event_id", found.event.rawValue)
                    $0.member("origin_server_ts", found.time)
                }
            },
            Route(
                .get, "/_matrix/client/v1/mutual_rooms", permission: .directoryUserSearch, audit: .reads
            ) { exchange, session in
                guard let text = exchange.query("user_id") else { throw MatrixError.missingParam("user_id is missing") }
                let user: UserID
                do { user = try UserID(parsing: text) } catch { throw MatrixError.invalidParam("user_id is not a user ID") }
                let page = try await services.rooms.reads.mutualRooms(
                    with: user, after: exchange.query("from").map(RoomID.init(parsing:)), by: session.requester)
                return .object { object in
                    object.memberArray("joined") { list in page.joined.forEach { list.string($0.rawValue) } }
                    object.member("count", page.count)
                    if let next = page.next { object.member("next_batch", next.rawValue) }
                }
            },
        ]
    }
}
