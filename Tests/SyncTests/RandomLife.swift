import Audit
import Matrix
import Rooms
import Sync
import TestHouse

/// People who do random things in a few rooms.
struct RandomLife {
    let house: SyncHouse
    let people: [Requester]
    var rooms: [RoomID] = []
    var events: [RoomID: [EventID]] = [:]
    /// The rooms that each person forgot, by name.
    var forgotten: [String: Set<String>] = [:]
    var dice: Dice
    private var counter = 0

    init(_ house: SyncHouse, seed: UInt64, people count: Int = 4) async throws {
        self.house = house
        dice = Dice(seed)
        var people: [Requester] = []
        for number in 0..<count { people.append(try await house.person("user\(number)")) }
        self.people = people
    }

    /// Does one random thing; what the rules refuse does not happen.
    mutating func step() async throws {
        counter += 1
        let who = dice.one(of: people)
        if rooms.count < 2 || rooms.count < 5 && dice.chance(3) { return try await create(who) }
        let room = dice.one(of: rooms)
        do { try await act(who, room) } catch let error as any MatrixErrorConvertible where error.matrixError.status < 500 {
            // Mallory always tries; the rules refuse.
        }
    }

    private mutating func create(_ who: Requester) async throws {
        let isPublic = dice.chance(60)
        let room = try await house.room(by: who) { wish in
            wish.preset = isPublic ? .publicChat : .privateChat
            wish.name = "room"
        }
        rooms.append(room)
        events[room] = []
    }

    private mutating func act(_ who: Requester, _ room: RoomID) async throws {
        let other = dice.one(of: people)
        let now = house.now
        switch dice.below(100) {
        case 0..<30: events[room]?.append(try await house.say("\(counter)", in: room, by: who))
        case 30..<33:
            let mention = #","m.mentions":{"user_ids":["\#(other.user.rawValue)"]}"#
            events[room]?.append(try await house.say("\(counter)", in: room, by: who, mention))
        case 33..<40: try await house.set("m.room.topic", #"{"topic":"\#(counter)"}"#, in: room, by: who)
        case 40..<44: try await house.set("org.example.state", #"{"n":\#(counter)}"#, key: "\(dice.below(3))", in: room, by: who)
        case 44..<47:
            let word = dice.one(of: ["shared", "invited", "joined", "world_readable"])
            try await house.set("m.room.history_visibility", #"{"history_visibility":"\#(word)"}"#, in: room, by: who)
        case 47..<49:
            let rule = dice.one(of: ["public", "invite", "knock"])
            try await house.set("m.room.join_rules", #"{"join_rule":"\#(rule)"}"#, in: room, by: who)
        case 49..<58:
            try await house.join(room, who)
            forgotten[who.user.rawValue]?.remove(room.rawValue)
        case 58..<63: try await house.leave(room, who)
        case 63..<68:
            try await house.invite(other, to: room, by: who)
            forgotten[other.user.rawValue]?.remove(room.rawValue)
        case 68..<70: try await house.rooms.kick(other.user, from: room, reason: nil, by: who, at: now)
        case 70..<72: try await house.rooms.ban(other.user, from: room, reason: nil, by: who, at: now)
        case 72..<75: try await house.rooms.unban(other.user, from: room, reason: nil, by: who, at: now)
        case 75..<77:
            try await house.rooms.forget(room, by: who, at: now)
            forgotten[who.user.rawValue, default: []].insert(room.rawValue)
        case 77..<80:
            try await house.rooms.knock(at: room, profile: SyncHouse.profile(who), reason: nil, by: who, at: now)
            forgotten[who.user.rawValue]?.remove(room.rawValue)
        case 80..<82:
            let profile = MemberProfile(displayname: "name \(counter)", avatarURL: nil)
            try await house.rooms.profileChanged(to: profile, by: who, at: now)
        case 82..<85:
            guard let event = events[room]?.last else { return }
            _ = try await house.rooms.redact(event, reason: nil, transaction: "r\(counter)", in: room, by: who, at: now)
        case 85..<91:
            guard let all = events[room], !all.isEmpty else { return }
            try await house.read(dice.one(of: all), in: room, by: who, dice.one(of: ReceiptKind.allCases))
        case 91..<93: try await house.keep(dice.one(of: ["m.direct", "org.example.data"]), #"{"n":\#(counter)}"#, by: who)
        case 93..<95: try await house.keep("org.example.data", #"{"n":\#(counter)}"#, in: room, by: who)
        case 95..<97:
            let order = try JSON(parsing: Array(#"{"order":0.\#(counter)}"#.utf8))
            try await house.sync.tags.put("u.\(dice.below(3))", order, on: room, by: who, at: now)
        default:
            let (number, joined) = try await house.rooms.reads.joinedNumbers(in: room, by: who)
            house.hub.setTyping(who.number, in: number, until: dice.chance(50) ? now + 1_000_000 : nil, wake: joined)
        }
    }
}
