import Audit
import Matrix
import Storage
import TestHouse
import Testing

@testable import Rooms

@Suite("Unread counts against a plain model")
struct UnreadPropertyTests {
    @Test(
        "whatever people say, read, mute and take back, the counts are those of the model",
        arguments: 1...8 as ClosedRange<UInt64>)
    func property(seed: UInt64) async throws {
        var life = try await NotifiedLife(seed: seed)
        for step in 1...100 {
            try await life.step(step)
            if step % 4 == 0 { try await life.check("seed \(seed), step \(step)") }
        }
        try await life.check("seed \(seed), the end")
    }
}

/// Three people in a room, and what each should be told, worked out the long way.
private struct NotifiedLife {
    struct Event {
        let id: EventID
        let sender: UserID
        let thread: String
        var verdicts: [UserID: PushVerdict]
    }

    struct Reader {
        let requester: Requester
        var rules = PushRules()
        var ignored: Set<UserID> = []
        var receipts: [String: Int] = [:]
        var isJoined = true
        /// What lies before this place is read.
        var arrival = 0
    }

    let house: RoomsHouse
    let room: RoomID
    let counts = UnreadCounts()
    var people: [Reader] = []
    var events: [Event] = []
    var dice: Dice

    init(seed: UInt64) async throws {
        dice = Dice(seed)
        house = try RoomsHouse()
        let requesters = try await [house.person("alice"), house.person("bob"), house.person("carol")]
        room = try await house.room(by: requesters[1])
        for requester in [requesters[0], requesters[2]] { try await house.join(room, requester) }
        people = requesters.map { Reader(requester: $0) }
    }

    mutating func step(_ number: Int) async throws {
        let who = Int.random(in: 0..<3, using: &dice)
        guard people[who].isJoined else { return try await join(who) }
        switch Int.random(in: 0..<20, using: &dice) {
        case 0..<8: try await say("\(number)", who)
        case 8..<10: try await answer(number, who)
        case 10..<11: try await redact(number, who)
        case 11..<14: try await read(who)
        case 14..<18: try await change(who)
        case 18: try await ignore(who)
        default: if who != 1 { try await leave(who) }
        }
    }

    private mutating func say(_ text: String, _ who: Int) async throws {
        let other = people.randomElement(using: &dice)?.requester.user.rawValue ?? ""
        let more = [
            "", "", "", #","x":"cake""#, #","m.mentions":{"user_ids":["\#(other)","@nobody:example.org","no user"]}"#,
            #","m.mentions":{"room":true}"#, #","m.mentions":{"user_ids":["\#(other)"],"room":true}"#,
        ].randomElement(using: &dice)
        let body = ["hello", "a cake", "pancake", "Alice?", "bob, carol"].randomElement(using: &dice) ?? ""
        let kind = ["m.text", "m.text", "m.notice"].randomElement(using: &dice) ?? ""
        try await send("m.room.message", #"{"body":"\#(body) \#(text)","msgtype":"\#(kind)"\#(more ?? "")}"#, thread: "main", who)
    }

    private mutating func answer(_ number: Int, _ who: Int) async throws {
        let mains = events.filter { $0.thread == "main" }
        guard let root = mains.prefix(4).randomElement(using: &dice) else { return }
        if let reply = events.filter({ $0.thread != "main" }).randomElement(using: &dice), Bool.random(using: &dice) {
            let relation = #""m.relates_to":{"rel_type":"org.example.about","event_id":"\#(reply.id)"}"#
            return try await send("m.room.message", #"{"body":"about \#(number)",\#(relation)}"#, thread: reply.thread, who)
        }
        let mention = Bool.random(using: &dice) ? #","m.mentions":{"room":true}"# : ""
        let relation = #""m.relates_to":{"rel_type":"m.thread","event_id":"\#(root.id)"}"#
        try await send("m.room.message", #"{"body":"cake \#(number)",\#(relation)\#(mention)}"#, thread: root.id.rawValue, who)
    }

    private mutating func send(_ type: String, _ content: String, thread: String, _ who: Int) async throws {
        let sender = people[who].requester
        let json = try JSON(parsing: Array(content.utf8))
        let verdicts = try await verdicts(type, json, by: sender.user)
        let id = try await house.rooms.send(
            type, content: json, transaction: "t\(events.count)", in: room, by: sender, at: house.now)
        events.append(Event(id: id, sender: sender.user, thread: thread, verdicts: verdicts))
    }

    /// Asks everybody's whole rules one by one.
    private func verdicts(_ type: String, _ content: JSON, by sender: UserID) async throws -> [UserID: PushVerdict] {
        let state = try #require(try await house.store.write { tx in try RoomState.load(room, tx) })
        let event = PushEvent(
            eventID: nil, roomID: room, type: type, sender: sender, stateKey: nil, content: content, originServerTS: 0)
        let levels = PowerLevels(state: state, version: state.version)
        var found: [UserID: PushVerdict] = [:]
        for reader in people where reader.isJoined && reader.requester.user != sender && !reader.ignored.contains(sender) {
            var evaluation = PushEvaluation(event, in: PushRoom(members: state.joined.count, levels: levels))
            let user = reader.requester.user
            let name = state.stateEvent("m.room.member", user.rawValue)?.content["displayname"]?.string
            let actions = evaluation.actions(reader.rules.inOrder, for: PushReader(user: user, displayName: name))
            found[user] = PushVerdict(actions ?? [])
        }
        return found
    }

    private mutating func redact(_ number: Int, _ who: Int) async throws {
        let sender = people[who].requester
        let mine = events.indices.filter { (who == 1 || events[$0].sender == sender.user) }
        guard let index = mine.randomElement(using: &dice) else { return }
        // A rule without conditions speaks of redactions, too.
        let content = try JSON(parsing: Array(#"{"redacts":"\#(events[index].id)"}"#.utf8))
        let verdicts = try await verdicts("m.room.redaction", content, by: sender.user)
        let id = try await house.rooms.redact(
            events[index].id, reason: nil, transaction: "r\(number)", in: room, by: sender, at: house.now)
        events[index].verdicts = [:]
        events.append(Event(id: id, sender: sender.user, thread: "main", verdicts: verdicts))
    }

    private mutating func read(_ who: Int) async throws {
        let seen = events.indices.filter { $0 >= people[who].arrival }
        guard let index = seen.randomElement(using: &dice) else { return }
        let kind = ReceiptKind.allCases.randomElement(using: &dice) ?? .read
        let name = events[index].thread
        let threaded = name == "main" ? ReceiptThread.main : .root(try EventID(parsing: name))
        let thread = Bool.random(using: &dice) ? threaded : .unthreaded
        try await house.rooms.acknowledge(
            [ReceiptWish(kind, events[index].id, thread: thread)], in: room, by: people[who].requester, at: house.now)
        people[who].receipts[thread.column] = max(people[who].receipts[thread.column] ?? -1, index)
    }

    private mutating func change(_ who: Int) async throws {
        let other = people.randomElement(using: &dice)?.requester.user.rawValue ?? ""
        let choices: [(PushRuleKind, String, String)] = [
            (.room, room.rawValue, #"{"actions":[]}"#), (.room, "!elsewhere:example.org", #"{"actions":[]}"#),
            (.content, "cake", #"{"pattern":"cake","actions":["notify",{"set_tweak":"highlight"}]}"#),
            (.sender, other, #"{"actions":["dont_notify"]}"#),
            (
                .override, "name",
                #"{"actions":["notify",{"set_tweak":"highlight"}],"conditions":[{"kind":"contains_display_name"}]}"#
            ),
            (.override, "few", #"{"actions":[],"conditions":[{"kind":"room_member_count","is":"<3"}]}"#),
            (.underride, "notices", #"{"actions":["notify"]}"#),
        ]
        let place = Int.random(in: 0..<10, using: &dice)
        let flag = Bool.random(using: &dice)
        let body: @Sendable (inout PushRules) throws -> Void = { rules in
            switch place {
            case 7: try rules.set(".m.rule.master", .override, enabled: flag)
            case 8: try rules.set(".m.rule.message", .underride, enabled: flag)
            case 9: try rules.set(".m.rule.is_room_mention", .override, actions: flag ? [.notify] : [.notify, .highlight])
            default:
                let (kind, id, text) = choices[place]
                if flag {
                    try rules.put(PushRule(id, kind, parsing: JSON(parsing: Array(text.utf8))), kind, at: nil)
                } else if rules.rules(kind).contains(where: { $0.id == id }) {
                    try rules.remove(id, kind)
                }
            }
        }
        try await house.rooms.pushRules.change("test", by: people[who].requester, at: house.now, body)
        try body(&people[who].rules)
    }

    private mutating func ignore(_ who: Int) async throws {
        let person = people[who].requester.number
        let ignored = people[who].ignored.isEmpty ? Set(people.randomElement(using: &dice).map { [$0.requester.user] } ?? []) : []
        try await house.store.write { tx in try PushRuleActions.ignore(ignored, by: person, at: tx.nextPosition(), tx) }
        people[who].ignored = ignored
    }

    private mutating func leave(_ who: Int) async throws {
        try await house.rooms.leave(room, reason: nil, by: people[who].requester, at: house.now)
        people[who].isJoined = false
    }

    private mutating func join(_ who: Int) async throws {
        try await house.join(room, people[who].requester)
        people[who].isJoined = true
        people[who].arrival = events.count
    }

    /// Compares what was remembered, what is counted afresh and what the model says.
    func check(_ place: String) async throws {
        for reader in people where reader.isJoined {
            let expected = model(reader)
            for (name, counts) in [("remembered", counts), ("fresh", UnreadCounts())] {
                let found = try await house.store.read { tx in
                    try counts.byThread(
                        room: tx.number(of: room) ?? -1, user: reader.requester.number, upTo: tx.position(), tx)
                }
                #expect(found == expected, "\(name), \(reader.requester.user), \(place)")
            }
        }
    }

    private func model(_ reader: Reader) -> [String: UnreadCount] {
        let user = reader.requester.user
        var result: [String: UnreadCount] = [:]
        var own: [String: Int] = [:]
        for (index, event) in events.enumerated() where event.sender == user { own[event.thread] = index }
        for (index, event) in events.enumerated() {
            let read = [reader.receipts[""], reader.receipts[event.thread], own[event.thread]].compactMap(\.self).max() ?? -1
            guard index >= reader.arrival, index > read, let verdict = event.verdicts[user], verdict.notifies else { continue }
            result[event.thread, default: .none].notifications += 1
            if verdict.highlights { result[event.thread, default: .none].highlights += 1 }
        }
        return result
    }
}
