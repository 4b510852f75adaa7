import Access
import HTTPSurface
import HTTPTypes
import Identity
import Matrix
import Rooms

extension ClientRoutes {
    /// How many entries `/notifications` answers with if the client does not say, and at most.
    private static let notificationsUsual = 20
    private static let notificationsLargest = 100

    /// The list of what a person was told of.
    /// [Specification](https://spec.matrix.org/v1.19/client-server-api/#listing-notifications)
    static func notifications(_ services: ClientServices) -> [Route] {
        [
            Route(.get, "/_matrix/client/v3/notifications", permission: .accountDataUse, audit: .reads) { exchange, session in
                let limit = try exchange.pageLimit(usual: notificationsUsual, largest: notificationsLargest)
                let before = try exchange.query("from").map { text throws(MatrixError) -> Int64 in
                    guard let position = Int64(text), position > 0 else {
                        throw .invalidParam("from is no token of this endpoint")
                    }
                    return position
                }
                let page = try await services.rooms.reads.notifications(
                    of: session.requester, before: before, limit: limit,
                    onlyHighlights: exchange.query("only") == "highlight", at: exchange.now)
                return try .object { answer in
                    if let next = page.next { answer.member("next_token", "\(next)") }
                    try answer.memberArray("notifications") { list in
                        for entry in page.entries { try append(entry, to: &list) }
                    }
                }
            }
        ]
    }

    private static func append(_ entry: NotificationEntry, to list: inout JSONWriter) throws {
        try list.object { object in
            object.memberArray("actions") { actions in entry.actions.forEach { $0.append(to: &actions) } }
            object.key("event")
            try entry.event.append(to: &object, roomID: nil)
            object.member("read", entry.isRead)
            object.member("room_id", entry.roomID.rawValue)
            object.member("ts", entry.event.event.originServerTS)
        }
    }
}
