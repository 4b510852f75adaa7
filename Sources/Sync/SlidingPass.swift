import Matrix
import Rooms
import Storage

/// One look at what a connection of sliding sync has not been told yet, from one snapshot.
struct SlidingPass {
    /// A room that the wish reaches.
    struct Wanted {
        let row: SlidingRow
        var detail: SlidingWish.Detail
        /// The lists that have it in their windows.
        var lists: [String] = []
        var isSubscribed = false
    }

    /// The look at the streams; its `since` moves from room to room.
    var base: SyncPass
    let request: SlidingRequest
    let key: SlidingConnections.Key
    /// What the client has; nil for the first answer.
    let from: SlidingState?
    /// What it will have.
    var next: SlidingState
    /// The reader's rooms; nil when none are wanted.
    let rows: SlidingRows?
    let personal: SlidingPersonal
    /// What was told of rooms, for the extensions.
    var shown: [Int64: TimelineWindow] = [:]
    /// Each wish for state in the database's words.
    var selectors: [RequiredState: StateSelector] = [:]
    /// What was told of rooms' state, by the wish.
    var toldStates: [RequiredState: ToldState] = [:]
    var news: [Int64: StreamHub.RoomNews] = [:]
    /// What the lists' filters asked of rooms, by room: every list looks at the same rows.
    var facts: [Int64: RoomFacts?] = [:]

    var tx: Transaction { base.tx }
    var mark: StreamMark { base.mark }
    var user: Int64 { key.user }

    init(
        _ base: SyncPass, _ request: SlidingRequest, key: SlidingConnections.Key, answer: Int64, from: SlidingState?,
        rows before: SlidingRows?
    ) throws {
        self.base = base
        self.request = request
        self.key = key
        self.from = from
        next = SlidingState(answer: answer, mark: base.mark)
        next.rooms = from?.rooms ?? [:]
        next.data = from?.data
        next.keys = from?.keys
        next.subscriptions = from?.subscriptions
        next.threads = from?.threads
        next.wish = request.wish
        rows = request.wish.wantsRooms ? try base.slidingRows(before) : nil
        personal = try base.engine.sliding.personal.personal(of: base.request.number, changedAt: base.ownChange, base.tx)
    }

    /// Writes the answer.
    mutating func answer() throws -> SlidingAnswer {
        let wanted = try wantedRooms()
        news = base.engine.hub.lastNews(in: wanted.map(\.row.room))
        var tells = from == nil || from?.counts != next.counts
        var rooms = JSONWriter(capacity: 4_096)
        try rooms.object { object in
            for room in wanted {
                next.hasMoreRooms = object.bytes.count > base.engine.limits.largestAnswer
                if next.hasMoreRooms { break }
                if try append(room, to: &object) { tells = true }
            }
        }
        var extensions = JSONWriter()
        try extensions.object { if try appendExtensions(wanted, to: &$0) { tells = true } }
        var writer = JSONWriter(capacity: rooms.bytes.count + extensions.bytes.count + 512)
        writer.object { object in
            SlidingAnswer.append(next, request, start: base.engine.hub.start.serial, to: &object)
            object.memberRaw("rooms", rooms.bytes)
            object.memberRaw("extensions", extensions.bytes)
        }
        return SlidingAnswer(body: writer.bytes, state: next, tells: tells)
    }

    /// Tells of a room what is new; returns whether there was anything.
    private mutating func append(_ room: Wanted, to rooms: inout JSONWriter) throws -> Bool {
        let sent = from?.rooms[room.row.room]
        switch room.row.membership {
        case .join: return try appendJoined(room, sent, to: &rooms)
        case .invite, .knock: return try appendOutside(room, sent, to: &rooms)
        case .leave, .ban: return try appendOut(room, sent, to: &rooms)
        }
    }

    /// The selector of a wish for state; made once per answer.
    mutating func selector(_ state: RequiredState) -> StateSelector {
        if let known = selectors[state] { return known }
        let made = StateSelector(state, tx)
        selectors[state] = made
        return made
    }
}

extension SlidingPass {
    /// The rooms that the lists' windows and the subscriptions reach, each once.
    fileprivate mutating func wantedRooms() throws -> [Wanted] {
        guard let rows else { return [] }
        var order: [Int64] = []
        var wanted: [Int64: Wanted] = [:]
        func add(_ row: SlidingRow, _ detail: SlidingWish.Detail) {
            if wanted[row.room] == nil { order.append(row.room) }
            wanted[row.room, default: Wanted(row: row, detail: detail)].detail = wanted[row.room]?.detail.union(detail) ?? detail
        }
        let listed = try visible(rows)
        for list in request.wish.lists {
            let rooms = try filtered(listed, list.filter)
            next.counts[list.name] = rooms.count
            for place in places(list.ranges, of: rooms.count) {
                let row = rooms[place]
                add(row, list.detail)
                if wanted[row.room]?.lists.last != list.name { wanted[row.room]?.lists.append(list.name) }
            }
        }
        for (roomID, detail) in request.wish.subscriptions {
            guard let number = try tx.number(of: roomID), let row = rows.rows[number], try isVisible(row) else { continue }
            add(row, detail)
            wanted[number]?.isSubscribed = true
        }
        return order.compactMap { wanted[$0] }
    }

    /// The rooms that lists can have, the most recently active one first.
    private func visible(_ rows: SlidingRows) throws -> [SlidingRow] {
        let left = rows.rest.filter(isToldOnceMore)
        var result = rows.listed
        if !left.isEmpty { result = (result + left).sorted(by: SlidingRows.isBefore) }
        return try base.ignored.isEmpty ? result : result.filter { try !isIgnored($0) }
    }

    private func isVisible(_ row: SlidingRow) throws -> Bool {
        try row.isListed ? !isIgnored(row) : isToldOnceMore(row)
    }

    /// Whether the client knows the room and does not know yet that the reader is out.
    private func isToldOnceMore(_ row: SlidingRow) -> Bool {
        from?.rooms[row.room].map { $0.membership != .leave && $0.membership != .ban } ?? false
    }

    /// Whether it is an invitation by somebody whom the reader ignores.
    private func isIgnored(_ row: SlidingRow) throws -> Bool {
        try !base.ignored.isEmpty && row.membership == .invite && base.ignored.contains(tx.user(row.sender))
    }

    private mutating func filtered(_ rows: [SlidingRow], _ filter: SlidingFilter) throws -> [SlidingRow] {
        guard !filter.isOpen else { return rows }
        var children: Set<Int64> = []
        for space in filter.spaces ?? [] {
            // What is no room ID is no space, and a space that the reader is not in has no rooms for him.
            guard let roomID = try? RoomID(parsing: space), let number = try tx.number(of: roomID),
                let row = self.rows?.rows[number], row.membership == .join
            else { continue }
            try children.formUnion(knownFacts(of: row)?.children ?? [])
        }
        return try rows.filter { row in
            guard filter.admits(row, personal, children: children) else { return false }
            return try !filter.needsFacts || filter.admits(knownFacts(of: row))
        }
    }

    private mutating func knownFacts(of row: SlidingRow) throws -> RoomFacts? {
        if let known = facts[row.room] { return known }
        let read = try base.facts(of: row)
        facts.updateValue(read, forKey: row.room)
        return read
    }

    private func places(_ ranges: [ClosedRange<Int>]?, of count: Int) -> [Int] {
        guard let ranges else { return Array(0..<count) }
        var places: [Int] = []
        var end = 0
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            let last = min(range.upperBound, count - 1)
            let first = max(range.lowerBound, end)
            guard first <= last else { continue }
            places.append(contentsOf: first...last)
            end = last + 1
        }
        return places
    }
}
