import Audit
import Matrix
import Sync

/// What a client knows that applies answer after answer, as the specification tells clients to.
struct ModelClient {
    struct Room {
        /// Type and state key to event ID.
        var state: [String: String] = [:]
        /// The event IDs since the last gap.
        var timeline: [String] = []
        var senders: Set<String> = []
        var data: [String: String] = [:]
        /// Thread, kind and user to event ID.
        var receipts: [String: String] = [:]
        var typing: [String] = []
        var unread: [Int64] = []
        var summary: [String: String] = [:]
    }

    /// How this client asks.
    struct Manner: CustomStringConvertible {
        var filter = "{}"
        var isLazy = false
        var usesStateAfter = false
        /// Whether answers are so full that rooms may come without events.
        var isCrowded = false
        var description: String { "\(filter) after=\(usesStateAfter)" }
    }

    let person: Requester
    let manner: Manner
    var token: String?
    var joined: [String: Room] = [:]
    var left: [String: Room] = [:]
    /// Rooms that were left, while there is an invitation or a knock.
    var archive: [String: Room] = [:]
    var invited: [String: [String]] = [:]
    var knocked: [String: [String]] = [:]
    var data: [String: String] = [:]
    var complaints: [String] = []

    init(_ person: Requester, _ manner: Manner) {
        self.person = person
        self.manner = manner
    }

    mutating func apply(_ answer: JSON) {
        token = answer.token
        for event in answer.events("account_data") { data[event.type] = text(event["content"]) }
        guard let rooms = answer["rooms"] else { return }
        for (name, part) in rooms["join"].members { joined[name] = room(name, part) }
        for (name, part) in rooms["leave"].members { left[name] = room(name, part) }
        for (name, part) in rooms["invite"].members { invited[name] = outside(name, part.events("invite_state")) }
        for (name, part) in rooms["knock"].members { knocked[name] = outside(name, part.events("knock_state")) }
    }

    private mutating func room(_ name: String, _ part: JSON) -> Room {
        var room = joined[name] ?? left[name] ?? archive[name] ?? Room()
        // Members that were loaded lazily in an earlier stay may have changed since.
        let isWhole = part.events(manner.usesStateAfter ? "state_after" : "state").contains { $0.type == "m.room.create" }
        if manner.isLazy, isWhole, joined[name] == nil { (room.state, room.senders) = ([:], []) }
        forget(name)
        apply(part, to: &room, name)
        return room
    }

    private mutating func outside(_ name: String, _ events: [JSON]) -> [String] {
        archive[name] = joined[name] ?? left[name] ?? archive[name]
        forget(name)
        return events.map { text($0) }.sorted()
    }

    private mutating func forget(_ name: String) {
        joined[name] = nil
        left[name] = nil
        invited[name] = nil
        knocked[name] = nil
    }

    private mutating func apply(_ part: JSON, to room: inout Room, _ name: String) {
        if part.isLimited { room.timeline = [] }
        for event in part.events(manner.usesStateAfter ? "state_after" : "state") { set(event, in: &room) }
        for event in part.timeline {
            if room.timeline.contains(event.id) { complaints.append("\(event.id) came twice in \(name)") }
            room.timeline.append(event.id)
            room.senders.insert(event["sender"]?.string ?? "")
            if event["state_key"] != nil, !manner.usesStateAfter { set(event, in: &room) }
        }
        for event in part.events("account_data") { room.data[event.type] = text(event["content"]) }
        for event in part.events("ephemeral") {
            guard let content = event["content"] else { continue }
            if event.type == "m.typing" { room.typing = content["user_ids"].list.compactMap(\.string) }
            guard event.type == "m.receipt" else { continue }
            for (id, kinds) in content.members {
                for (kind, users) in kinds.members {
                    for (user, value) in users.members {
                        room.receipts["\(value["thread_id"]?.string ?? "")|\(kind)|\(user)"] = id
                    }
                }
            }
        }
        if let unread = part["unread_notifications"] {
            room.unread = ["notification_count", "highlight_count"].compactMap { unread[$0]?.int }
        }
        for (key, value) in part["summary"].members { room.summary[key] = text(value) }
    }

    private func set(_ event: JSON, in room: inout Room) {
        room.state["\(event.type)|\(event["state_key"]?.string ?? "")"] = event.id
    }

    private func text(_ json: JSON?) -> String { json.map { String(decoding: $0.raw, as: UTF8.self) } ?? "" }
}

extension JSON? {
    var members: [(key: String, value: JSON)] { self.map { Array($0.members) } ?? [] }
    var list: [JSON] { self.map { Array($0.elements) } ?? [] }
}

extension ModelClient {
    /// What of this client's knowledge is not what a fresh answer says.
    /// - Parameters:
    ///   - fresh: the same person, who asked just now for everything.
    ///   - forgotten: rooms that the person forgot.
    func differences(from fresh: ModelClient, forgotten: Set<String>) -> [String] {
        var found = complaints
        func same<Value: Equatable>(_ mine: Value, _ theirs: Value, _ what: String) {
            if mine != theirs { found.append("\(what): \(mine) is not \(theirs)") }
        }
        same(Set(joined.keys), Set(fresh.joined.keys), "rooms joined")
        same(Set(left.keys).subtracting(forgotten), Set(fresh.left.keys), "rooms left")
        same(invited, fresh.invited, "invitations")
        same(knocked, fresh.knocked, "knocks")
        same(data, fresh.data, "account data")
        for (name, mine) in joined {
            guard let theirs = fresh.joined[name] else { continue }
            compareState(mine, theirs, name, &found)
            for sender in mine.senders where manner.isLazy && mine.state["m.room.member|\(sender)"] == nil {
                found.append("members of \(name): \(sender) is unknown")
            }
            if Array(theirs.timeline.suffix(mine.timeline.count)) != mine.timeline {
                found.append("timeline of \(name): \(mine.timeline) is not the end of \(theirs.timeline)")
            }
            same(mine.data, theirs.data, "account data of \(name)")
            same(mine.receipts, theirs.receipts, "receipts of \(name)")
            same(mine.typing, theirs.typing, "typing in \(name)")
            same(mine.unread, theirs.unread, "unread in \(name)")
            same(mine.summary, theirs.summary, "summary of \(name)")
        }
        for (name, mine) in left where !forgotten.contains(name) {
            guard let theirs = fresh.left[name] else { continue }
            compareState(mine, theirs, name, &found)
            if !manner.isCrowded || !mine.timeline.isEmpty { same(mine.timeline.last, theirs.timeline.last, "end of \(name)") }
        }
        return found
    }

    private func compareState(_ mine: Room, _ theirs: Room, _ name: String, _ found: inout [String]) {
        if !manner.isLazy {
            let keys = Set(mine.state.keys).union(theirs.state.keys)
            for key in keys where mine.state[key] != theirs.state[key] {
                found.append("state of \(name): \(key) is \(mine.state[key] ?? "-"), not \(theirs.state[key] ?? "-")")
            }
            return
        }
        // Of the members only those are known whom something said; what is known must be right.
        for (key, event) in theirs.state where !key.hasPrefix("m.room.member|") && mine.state[key] != event {
            found.append("state of \(name): \(key) is \(mine.state[key] ?? "-"), not \(event)")
        }
        for (key, event) in mine.state where theirs.state[key] != event {
            found.append("state of \(name): \(key) is \(event), not \(theirs.state[key] ?? "-")")
        }
    }
}
