import Audit
import Matrix
import Sync

extension SyncHouse {
    /// One call of sliding sync; presence is left alone.
    func slide(
        _ requester: Requester, _ body: String = SlidingBody().text, pos: String? = nil, timeout: Int64 = 0,
        on engine: SyncEngine? = nil
    ) async throws -> JSON {
        var request = try SlidingRequest(try JSON(parsing: Array(body.utf8)), by: requester)
        request.pos = try pos.map { try SlidingToken(parsing: $0) }
        request.timeout = timeout
        request.presence = .offline
        return try JSON(parsing: try await (engine ?? sync).slide(request), limits: .init(maxBytes: 1 << 26))
    }
}

/// The body of a call, put together.
struct SlidingBody {
    var connection = ""
    var ranges: String? = "[[0,19]]"
    var limit = 10
    var state = #"[["*","*"]]"#
    var filters = "{}"
    /// Room ID to what is wanted of it.
    var subscriptions: [String: String] = [:]
    var extensions = """
        {"account_data":{"enabled":true},"receipts":{"enabled":true},"typing":{"enabled":true}}
        """

    init(_ change: (inout SlidingBody) -> Void = { _ in }) { change(&self) }

    static func detail(limit: Int, state: String = #"[["*","*"]]"#) -> String {
        #"{"timeline_limit":\#(limit),"required_state":\#(state)}"#
    }

    var text: String {
        let rooms = subscriptions.map { #""\#($0.key)":\#($0.value)"# }.joined(separator: ",")
        let list = ranges.map {
            #""all":{"ranges":\#($0),"timeline_limit":\#(limit),"required_state":\#(state),"filters":\#(filters)}"#
        }
        return """
            {"conn_id":"\(connection)","lists":{\(list ?? "")},"room_subscriptions":{\(rooms)},"extensions":\(extensions)}
            """
    }
}

extension JSON {
    var pos: String { self["pos"]?.string ?? "" }
    /// A room of an answer of sliding sync.
    func told(_ roomID: RoomID) -> JSON? { self["rooms"]?[roomID.rawValue] }
    /// The bodies of a room's new messages.
    var talk: [String] { self["timeline"].list.compactMap { $0["content"]?["body"]?.string } }
    var tellsOfRooms: [String] { self["rooms"].members.map(\.key) }
    /// How many rooms a list has.
    func count(_ list: String = "all") -> Int64? { self["lists"]?[list]?["count"]?.int }
    /// Types and keys of the state of a room.
    var requiredState: [String] {
        self["required_state"].list.map { "\($0.type)|\($0["state_key"]?.string ?? "-")" }.sorted()
    }
}
