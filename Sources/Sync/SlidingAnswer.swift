import Matrix
import Rooms

/// One finished answer of sliding sync, and what the client knows once it has it.
struct SlidingAnswer: Sendable {
    let body: [UInt8]
    let state: SlidingState
    /// Whether it tells anything new.
    let tells: Bool

    init(body: [UInt8], state: SlidingState, tells: Bool) {
        self.body = body
        self.state = state
        self.tells = tells
    }

    /// An answer that says that nothing happened.
    init(silent before: SlidingState, _ request: SlidingRequest, answer: Int64, start: Int64) {
        var state = SlidingState(answer: answer, mark: before.mark)
        state.rooms = before.rooms
        state.counts = before.counts
        state.data = before.data
        state.keys = before.keys
        state.subscriptions = before.subscriptions
        state.threads = before.threads
        state.hasMoreMessages = before.hasMoreMessages
        state.hasMoreRooms = before.hasMoreRooms
        state.wish = before.wish
        var writer = JSONWriter(capacity: 256)
        writer.object { object in
            Self.append(state, request, start: start, to: &object)
            object.memberObject("rooms") { _ in }
            object.memberObject("extensions") { _ in }
        }
        self.init(body: writer.bytes, state: state, tells: false)
    }

    /// Writes what every answer begins with.
    static func append(_ state: SlidingState, _ request: SlidingRequest, start: Int64, to object: inout JSONWriter) {
        object.member("pos", SlidingToken(mark: state.mark, start: start, answer: state.answer).description)
        if let transaction = request.call.transaction { object.member("txn_id", transaction) }
        object.memberObject("lists") { lists in
            for list in request.wish.lists {
                lists.memberObject(list.name) { $0.member("count", state.counts[list.name] ?? 0) }
            }
        }
    }
}

/// What an answer tells of one room.
struct SlidingRoom {
    let roomID: RoomID
    let membership: Membership
    /// The lists that have it.
    var lists: [String] = []
    var isInitial = false
    var bump: Int64?
    /// Its name; an inner nil says that it has none any more.
    var name: String??
    /// Its picture; an inner nil says that it has none any more.
    var avatar: String??
    var heroes: [Hero]?
    var isDirect: Bool?
    var joined: Int?
    var invited: Int?
    var unread: UnreadCount?
    var state: [StoredEvent] = []
    var stripped: [StoredEvent] = []
    var window: TimelineWindow?
    var isExpanded = false
    /// How many of the timeline's events are newer than the answer before.
    var live = 0

    /// Somebody whose name stands in for a missing one.
    struct Hero {
        let user: UserID
        let name: String?
        let avatar: String?
    }

    init(_ room: SlidingPass.Wanted, _ roomID: RoomID) {
        self.roomID = roomID
        membership = room.row.membership
        lists = room.lists
    }
}

extension SyncPass {
    /// Writes a room of an answer of sliding sync.
    /// - Parameter room: the reader's place in it, for the membership at each event.
    func append(_ result: SlidingRoom, of room: RoomCase, to rooms: inout JSONWriter) throws {
        try rooms.memberObject(result.roomID.rawValue) { object in
            object.member("membership", result.membership.rawValue)
            if !result.lists.isEmpty { object.memberArray("lists") { list in result.lists.forEach { list.string($0) } } }
            if result.isInitial { object.member("initial", true) }
            if let bump = result.bump { object.member("bump_stamp", bump) }
            if let name = result.name { object.member("name", orNull: name) }
            if let avatar = result.avatar { object.member("avatar", orNull: avatar) }
            if let heroes = result.heroes { object.memberArray("heroes") { list in heroes.forEach { $0.append(to: &list) } } }
            if let isDirect = result.isDirect { object.member("is_dm", isDirect) }
            if let joined = result.joined { object.member("joined_count", joined) }
            if let invited = result.invited { object.member("invited_count", invited) }
            if let unread = result.unread {
                object.member("notification_count", unread.notifications)
                object.member("highlight_count", unread.highlights)
            }
            if !result.stripped.isEmpty {
                try appendStripped(result.stripped, as: "invite_state", to: &object)
                try appendStripped(result.stripped, as: "stripped_state", to: &object)
            }
            if !result.state.isEmpty { try append(result.state, as: "required_state", to: &object) }
            guard let window = result.window else { return }
            try append(window, of: room, as: "timeline", to: &object)
            object.member("limited", window.isLimited)
            object.member("prev_batch", SyncToken.page(window.boundary))
            object.member("num_live", result.live)
            if result.isExpanded {
                object.member("unstable_expanded_timeline", true)
                object.member("expanded_timeline", true)
            }
        }
    }
}

extension SlidingRoom.Hero {
    fileprivate func append(to list: inout JSONWriter) {
        list.object { hero in
            hero.member("user_id", user.rawValue)
            if let name { hero.member("displayname", name) }
            if let avatar { hero.member("avatar_url", avatar) }
        }
    }
}

extension JSONWriter {
    fileprivate mutating func member(_ key: String, orNull value: String?) {
        self.key(key)
        if let value { string(value) } else { null() }
    }
}
