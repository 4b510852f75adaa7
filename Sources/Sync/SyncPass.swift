import EndToEnd
import Matrix
import Rooms
import Storage

/// One look at everything that is new for one person, from one snapshot.
struct SyncPass {
    let engine: SyncEngine
    var request: SyncRequest
    /// From where on; nil for everything.
    var since: StreamMark?
    /// Up to where.
    let mark: StreamMark
    /// The rooms of which memory knows that something happened; nil when the database has to be asked.
    let hints: [News.RoomChange]?
    /// The last position at which the reader's account data changed, as far as memory knows.
    let ownChange: Int64
    /// The same of the keys that the reader's devices follow.
    let keysChange: Int64
    /// The same of what concerns the device that asks alone.
    let deviceChange: Int64
    /// Whom the reader ignores.
    let ignored: Set<UserID>
    let viewer: EventViewer
    /// How many bytes of timeline the answer has room for.
    var budget: Int
    let now: Int64
    let tx: Transaction

    /// - Parameter endsWithHub: whether the look reaches up to what was announced, also where the snapshot knows more.
    init(
        engine: SyncEngine, request: SyncRequest, since: StreamMark?, news: News?, now: Int64, endsWithHub: Bool = false,
        _ tx: Transaction
    ) throws {
        self.engine = engine
        self.request = request
        self.since = since
        self.now = now
        self.tx = tx
        budget = engine.limits.largestAnswer
        viewer = EventViewer(user: request.user, device: request.device, now: now)
        hints = request.wantsFullState ? nil : news?.rooms
        // What memory hints at reaches up to its mark; without hints everything in the snapshot is looked at.
        let known = news?.mark ?? engine.hub.mark
        let position = hints == nil && !endsWithHub ? try tx.position() : known.position
        mark = StreamMark(
            position: max(position, since?.position ?? 0), serial: max(known.serial, since?.serial ?? 0))
        ownChange = news?.own ?? .max
        keysChange = news?.keys ?? .max
        deviceChange = news?.device ?? .max
        ignored = try engine.ignoreLists.ignored(by: request.number, changedAt: ownChange, tx)
    }

    /// Writes the answer.
    mutating func answer() throws -> SyncAnswer {
        var tells = false
        let personal = try PersonalData(self)
        let rooms = try roomCases(personal)
        let device = try DeviceNews(self)
        var writer = JSONWriter(capacity: since == nil ? 65_536 : 4_096)
        try writer.object { answer in
            answer.member("next_batch", SyncToken(mark, messages: device.messages.position).description)
            try answer.memberObject("rooms") { sections in
                tells = try append(rooms, personal, to: &sections)
            }
            try answer.memberObject("presence") { section in
                try section.memberArray("events") { if try appendPresence(in: rooms, to: &$0) > 0 { tells = true } }
            }
            answer.memberObject("account_data") { section in
                section.memberArray("events") { events in
                    for datum in personal.global where request.filter.accountData.admits(type: datum.type) {
                        events.raw(datum.event)
                        tells = true
                    }
                }
            }
            device.append(to: &answer)
        }
        if device.tells { tells = true }
        return SyncAnswer(body: writer.bytes, mark: mark, tells: tells)
    }

    /// Writes the rooms, each in the section of its reader's membership; returns whether there were any.
    private mutating func append(
        _ rooms: [RoomCase], _ personal: PersonalData, to sections: inout JSONWriter
    ) throws -> Bool {
        var tells = false
        try sections.memberObject("join") { section in
            for room in rooms where room.standing.membership == .join {
                budget = engine.limits.largestAnswer - section.bytes.count
                if try appendJoined(room, personal.rooms[room.number] ?? [], to: &section) { tells = true }
            }
        }
        try sections.memberObject("invite") { section in
            for room in rooms where room.standing.membership == .invite {
                if try appendStripped(room, "invite_state", to: &section) { tells = true }
            }
        }
        try sections.memberObject("knock") { section in
            for room in rooms where room.standing.membership == .knock {
                if try appendStripped(room, "knock_state", to: &section) { tells = true }
            }
        }
        try sections.memberObject("leave") { section in
            for room in rooms where room.standing.membership == .leave || room.standing.membership == .ban {
                budget = engine.limits.largestAnswer - section.bytes.count
                if try appendLeft(room, personal.rooms[room.number] ?? [], to: &section) { tells = true }
            }
        }
        return tells
    }
}

/// The account data that an answer tells of, read in one go.
struct PersonalData {
    /// What belongs to no room.
    private(set) var global: [AccountDatum] = []
    /// What belongs to rooms, by their numbers.
    private(set) var rooms: [Int64: [AccountDatum]] = [:]

    init(_ pass: SyncPass) throws {
        // Memory knows of every change since the start, so a warm look without one reads nothing.
        if let since = pass.since, since.position >= pass.ownChange { return }
        let after = pass.since?.position ?? 0
        for datum in try AccountDataQueries.changes(
            of: pass.request.number, after: after, upTo: pass.mark.position, pass.tx)
        {
            if datum.room == AccountData.noRoom { global.append(datum) } else { rooms[datum.room, default: []].append(datum) }
        }
        global += try PushRulesDatum.news(
            of: pass.request.number, after: pass.since?.position, upTo: pass.mark.position, pass.tx)
    }
}
