import HTTPSurface
import Matrix
import Rooms
import Sync

/// The `filter` of `/messages` and `/context`: which events are wanted, and how many at most.
struct HistoryFilter {
    let selection: EventSelection
    let limit: Int

    /// Reads `filter` and `limit` of a query.
    /// - Parameters:
    ///   - usual: how many events are meant if the query does not say.
    ///   - largest: how many there are at most.
    /// - Throws: `M_NOT_JSON`, `M_BAD_JSON`, `M_INVALID_PARAM`.
    init(_ exchange: Exchange, in room: RoomID, usual: Int, largest: Int) throws {
        let filter = try exchange.query("filter").map(Self.filter) ?? RoomEventFilter()
        let asked = try exchange.queryInt("limit") ?? Int64(usual)
        guard asked >= 0 else { throw MatrixError.invalidParam("limit must not be negative") }
        limit = filter.limit(usual: largest, largest: Int(min(asked, Int64(largest))))
        selection = EventSelection(lazyLoadsMembers: filter.lazyLoadsMembers) { event in
            guard filter.admits(room: room.rawValue), filter.events.admits(type: event.type),
                filter.events.admits(sender: event.sender.rawValue)
            else { return false }
            return try filter.containsURL.map { try $0 == (event.content["url"]?.string != nil) } ?? true
        }
    }

    private static func filter(_ text: String) throws(MatrixError) -> RoomEventFilter {
        guard text.utf8.count <= SyncFilter.maxBytes else {
            throw .tooLarge("the filter is larger than \(SyncFilter.maxBytes) bytes")
        }
        let json: JSON
        do { json = try JSON(parsing: Array(text.utf8), limits: .event) } catch { throw .notJSON("the filter is not JSON") }
        return try RoomEventFilter(json)
    }
}
