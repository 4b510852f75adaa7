import Audit
import Matrix
import Sync

/// What a client of sliding sync knows that applies answer after answer.
struct SlidingModel {
    struct Room {
        var membership = ""
        /// Type and state key to event ID.
        var state: [String: String] = [:]
        /// The event IDs since the last gap.
        var timeline: [String] = []
        var unread: [Int64] = []
        var counts: [Int64] = []
        var name: String?
        var isDirect = false
        var bump: Int64 = 0
        var stripped: [String] = []
    }

    let person: Requester
    var body: SlidingBody
    /// Which part of the state the client asked for; nil for all.
    var stateTypes: [String]?
    var pos: String?
    var rooms: [String: Room] = [:]
    var data: [String: String] = [:]
    var roomData: [String: [String: String]] = [:]
    /// Room to kind and user to event ID.
    var receipts: [String: [String: String]] = [:]
    var typing: [String: [String]] = [:]
    var count: Int64 = 0
    var complaints: [String] = []

    init(_ person: Requester, _ body: SlidingBody) {
        self.person = person
        self.body = body
    }

    mutating func apply(_ answer: JSON) {
        pos = answer.pos
        count = answer.count() ?? count
        for (name, part) in answer["rooms"].members { apply(part, name) }
        let extensions = answer["extensions"]
        for event in extensions?["account_data"]?["global"].list ?? [] { data[event.type] = text(event["content"]) }
        for (name, events) in (extensions?["account_data"]?["rooms"]).members {
            for event in events.elements { roomData[name, default: [:]][event.type] = text(event["content"]) }
        }
        for (name, event) in (extensions?["typing"]?["rooms"]).members {
            typing[name] = (event["content"]?["user_ids"]).list.compactMap(\.string)
        }
        for (name, event) in (extensions?["receipts"]?["rooms"]).members {
            for (id, kinds) in event["content"].members {
                for (kind, users) in kinds.members {
                    for (user, _) in users.members { receipts[name, default: [:]]["\(kind)|\(user)"] = id }
                }
            }
        }
    }

    private mutating func apply(_ part: JSON, _ name: String) {
        var room = rooms[name] ?? Room()
        let isInitial = part["initial"]?.bool ?? false
        if rooms[name] == nil, !isInitial { complaints.append("\(name) comes without having been told of") }
        if isInitial { room = Room() }
        room.membership = part["membership"]?.string ?? "?"
        for event in part["required_state"].list { room.state["\(event.type)|\(event["state_key"]?.string ?? "")"] = event.id }
        let timeline = part["timeline"].list.map(\.id)
        if part["limited"]?.bool == true || part["unstable_expanded_timeline"]?.bool == true { room.timeline = [] }
        // Who wants no events of a room that is told of cannot know whether there were some.
        if body.limit == 0, body.subscriptions[name] == nil, part["timeline"] == nil { room.timeline = [] }
        for id in timeline {
            if room.timeline.contains(id) { complaints.append("\(id) came twice in \(name)") }
            room.timeline.append(id)
        }
        if let count = part["notification_count"]?.int { room.unread = [count, part["highlight_count"]?.int ?? -1] }
        if let count = part["joined_count"]?.int { room.counts = [count, part["invited_count"]?.int ?? -1] }
        if let name = part["name"] { room.name = name.string }
        if let flag = part["is_dm"]?.bool { room.isDirect = flag }
        if let bump = part["bump_stamp"]?.int { room.bump = bump }
        if let events = part["stripped_state"] {
            room.stripped = events.elements.map { text($0) }.sorted()
        } else {
            room.stripped = []
        }
        rooms[name] = room
    }

    private func text(_ json: JSON?) -> String { json.map { String(decoding: $0.raw, as: UTF8.self) } ?? "" }

    /// The rooms in which the client believes to have this membership.
    func names(_ membership: String) -> Set<String> { Set(rooms.filter { $0.value.membership == membership }.keys) }
}

extension SlidingModel {
    /// What of this client's knowledge is not what `/sync` says to the same person just now.
    func differences(from truth: ModelClient) -> [String] {
        var found = complaints
        func same<Value: Equatable>(_ mine: Value, _ theirs: Value, _ what: String) {
            if mine != theirs { found.append("\(what): \(mine) is not \(theirs)") }
        }
        same(names("join"), Set(truth.joined.keys), "rooms joined")
        same(rooms.filter { $0.value.membership == "invite" }.mapValues(\.stripped), truth.invited, "invitations")
        same(rooms.filter { $0.value.membership == "knock" }.mapValues(\.stripped), truth.knocked, "knocks")
        same(data, truth.data, "account data")
        for (name, theirs) in truth.joined {
            guard let mine = rooms[name] else { continue }
            let wanted = theirs.state.filter { key, _ in
                stateTypes.map { types in types.contains { key.hasPrefix("\($0)|") } } ?? true
            }
            for key in Set(wanted.keys).union(mine.state.keys) where mine.state[key] != theirs.state[key] {
                found.append("state of \(name): \(key) is \(mine.state[key] ?? "-"), not \(theirs.state[key] ?? "-")")
            }
            if Array(theirs.timeline.suffix(mine.timeline.count)) != mine.timeline {
                found.append("timeline of \(name): \(mine.timeline) is not the end of \(theirs.timeline)")
            }
            same(mine.unread, theirs.unread, "unread in \(name)")
            same(
                mine.counts.map(String.init),
                ["m.joined_member_count", "m.invited_member_count"].map { theirs.summary[$0] ?? "" },
                "members of \(name)")
            same(roomData[name] ?? [:], theirs.data, "account data of \(name)")
            same(typing[name] ?? [], theirs.typing, "typing in \(name)")
            compareReceipts(name, theirs, &found)
        }
        for name in names("leave").union(names("ban")) where truth.joined[name] != nil || truth.invited[name] != nil {
            found.append("\(name) was not left")
        }
        return found
    }

    /// Of the receipts those of the person are known and those that changed since; what is known must be right.
    private func compareReceipts(_ name: String, _ theirs: ModelClient.Room, _ found: inout [String]) {
        for (key, event) in receipts[name] ?? [:] where theirs.receipts["|\(key)"] != event {
            found.append("receipts of \(name): \(key) is \(event), not \(theirs.receipts["|\(key)"] ?? "-")")
        }
        for (key, event) in theirs.receipts
        where key.hasSuffix(person.user.rawValue) && receipts[name]?[String(key.dropFirst())] != event {
            found.append("receipts of \(name): \(key) is unknown")
        }
    }
}
