import Access
import Audit
import HTTPSurface
import HTTPTypes
import Identity
import Matrix
import Rooms
import Search
import Sync

extension ClientRoutes {
    /// How many events around a result are shown if the client does not say, and at most.
    private static let surroundingsUsual = 5
    private static let surroundingsLargest = 50

    /// Searching the events of rooms.
    static func search(_ services: ClientServices) -> [Route] {
        [
            Route(.post, "/_matrix/client/v3/search", permission: .roomSearch, audit: .reads) { exchange, session in
                let categories = try await exchange.body().requiredObject("search_categories")
                guard let criteria = try categories.optionalObject("room_events") else {
                    return .object { $0.memberObject("search_categories") { _ in } }
                }
                var wish = try searchWish(criteria)
                if let token = exchange.query("next_batch") { wish.cursor = try SearchCursor(parsing: token) }
                wish.ignored = try await services.ignored(by: session.requester.number)
                let page = try await services.search.search(wish, by: session.requester, at: exchange.now)
                return try .object { answer in
                    try answer.memberObject("search_categories") { categories in
                        try categories.memberObject("room_events") { try page.append(to: &$0) }
                    }
                }
            }
        ]
    }

    private static func searchWish(_ criteria: JSON) throws -> SearchWish {
        var wish = try SearchWish(term: criteria.requiredString("search_term"))
        if let keys = try criteria.optionalStrings("keys") {
            wish.fields = try Set(
                keys.map { key in
                    guard let field = SearchField(key: key) else {
                        throw MatrixError.invalidParam("keys may hold content.body, content.name and content.topic")
                    }
                    return field
                })
        }
        if let word = try criteria.optionalString("order_by") {
            guard let order = SearchOrder(rawValue: word) else {
                throw MatrixError.invalidParam("order_by must be rank or recent")
            }
            wish.order = order
        }
        try take(criteria.optionalObject("filter"), into: &wish)
        if let context = try criteria.optionalObject("event_context") {
            func limit(_ key: String) throws -> Int {
                let asked = try context.optionalInt(key) ?? Int64(surroundingsUsual)
                guard asked >= 0 else { throw MatrixError.invalidParam("\(key) must not be negative") }
                return Int(min(asked, Int64(surroundingsLargest)))
            }
            wish.surroundings = SearchWish.Surroundings(
                before: try limit("before_limit"), after: try limit("after_limit"),
                includesProfiles: try context.optionalBool("include_profile") ?? false)
        }
        wish.includesState = try criteria.optionalBool("include_state") ?? false
        for entry in try criteria.optionalObject("groupings")?.optionalArray("group_by") ?? [] {
            guard entry.kind == .object else { throw MatrixError.badJSON("group_by must hold objects") }
            guard let grouping = SearchWish.Grouping(rawValue: try entry.requiredString("key")) else {
                throw MatrixError.invalidParam("results are grouped by room_id or sender")
            }
            if !wish.groupings.contains(grouping) { wish.groupings.append(grouping) }
        }
        return wish
    }

    private static func take(_ json: JSON?, into wish: inout SearchWish) throws {
        guard let json else { return }
        let filter = try RoomEventFilter(json)
        wish.limit = max(1, filter.limit(usual: SearchWish.usualLimit, largest: SearchWish.largestLimit))
        wish.rooms = filter.rooms?.map(\.text)
        wish.notRooms = filter.notRooms.map(\.text)
        wish.senders = filter.events.senders?.map(\.text)
        wish.fields = wish.fields.filter { filter.events.admits(type: $0.eventType) }
        wish.selection = EventSelection { event in
            guard filter.events.admits(sender: event.sender.rawValue) else { return false }
            return try filter.containsURL.map { try $0 == (event.content["url"]?.string != nil) } ?? true
        }
    }
}

extension ClientServices {
    /// Whom somebody ignores: the keys of `m.ignored_user_list`.
    fileprivate func ignored(by person: Int64) async throws -> Set<UserID> {
        let content: [UInt8]
        do {
            content = try await sync.accountData.content("m.ignored_user_list", in: nil, of: person)
        } catch let error as MatrixError where error.code == .notFound { return [] }
        guard let list = try JSON(parsing: content)["ignored_users"] else { return [] }
        // What is no user ID cannot send anything, so there is nothing to leave out.
        return Set(list.members.compactMap { try? UserID(parsing: $0.key) })
    }
}

extension SearchPage {
    /// Writes the members of `room_events`.
    fileprivate func append(to answer: inout JSONWriter) throws {
        answer.member("count", count)
        answer.memberArray("highlights") { list in
            for word in highlights { list.string(word) }
        }
        try answer.memberArray("results") { list in
            for result in results { try list.object { try result.append(to: &$0) } }
        }
        if let state {
            try answer.memberObject("state") { rooms in
                for (room, events) in state { try rooms.memberEvents(room.rawValue, events, roomID: room) }
            }
        }
        if !groups.isEmpty {
            answer.memberObject("groups") { members in
                for (grouping, groups) in groups {
                    members.memberObject(grouping.rawValue) { keys in
                        for group in groups { keys.memberObject(group.key) { group.append(to: &$0) } }
                    }
                }
            }
        }
        if let next { answer.member("next_batch", next.description) }
    }
}

extension SearchPage.Group {
    fileprivate func append(to answer: inout JSONWriter) {
        answer.member("order", order)
        answer.memberArray("results") { list in
            for event in results { list.string(event.rawValue) }
        }
        if let next { answer.member("next_batch", next.description) }
    }
}

extension SearchPage.Result {
    fileprivate func append(to answer: inout JSONWriter) throws {
        answer.memberRaw("rank", "\(rank)".utf8)
        answer.key("result")
        try event.append(to: &answer, roomID: room)
        guard let surroundings else { return }
        try answer.memberObject("context") { context in
            context.member("start", surroundings.start.description)
            context.member("end", surroundings.end.description)
            try context.memberEvents("events_before", surroundings.before, roomID: room)
            try context.memberEvents("events_after", surroundings.after, roomID: room)
            guard let profiles = surroundings.profiles else { return }
            context.memberObject("profile_info") { people in
                for member in profiles {
                    people.memberObject(member.user.rawValue) { profile in
                        if let name = member.displayName { profile.member("displayname", name) }
                        if let picture = member.avatarURL { profile.member("avatar_url", picture) }
                    }
                }
            }
        }
    }
}
