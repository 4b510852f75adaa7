import Matrix
import Rooms
import Storage

/// One search inside one transaction: from candidates of the index to verified results.
struct SearchPass {
    /// An event that was found.
    struct Hit {
        let candidate: Candidate
        let event: StoredEvent
    }

    /// Up to how many candidates are all verified, which makes the count exact.
    private static let exactCount = 500
    /// How many events one search opens at most.
    private static let mostOpened = 5_000
    /// How many of them to find out whether groups go on.
    private static let mostAhead = 200
    let wish: SearchWish
    let query: SearchQuery
    let viewer: EventViewer
    let cache: EventCache
    let tx: Transaction
    private let number: Int64
    private let longestTail: Int
    private var readings: [Int64: RoomReading?] = [:]
    private var verified: [Int64: StoredEvent?] = [:]
    private var opened = 0
    private var ahead = 0

    init(
        _ wish: SearchWish, _ query: SearchQuery, viewer: EventViewer, number: Int64, cache: EventCache, longestTail: Int,
        _ tx: Transaction
    ) {
        self.wish = wish
        self.query = query
        self.viewer = viewer
        self.number = number
        self.longestTail = longestTail
        self.cache = cache
        self.tx = tx
    }

    /// The page.
    mutating func page() throws -> SearchPage {
        let candidates = try candidates()
        if candidates.count <= Self.exactCount { for candidate in candidates { _ = try verify(candidate) } }
        var page = SearchPage()
        let (hits, next) = try hits(in: candidates)
        page.next = next
        page.count = count(of: candidates)
        page.groups = try wish.groupings.map { ($0, try groups($0, of: hits, in: candidates)) }
        page.highlights = try Highlights.words(of: query, in: hits.map(\.event))
        for hit in hits {
            guard let reading = try reading(hit.candidate.room) else { continue }
            page.results.append(
                SearchPage.Result(
                    rank: Double(hit.candidate.rank) / Double(63 * query.parts.count), room: reading.roomID,
                    event: try view([hit.event], reading)[0], surroundings: try surroundings(of: hit.event, reading)))
        }
        if wish.includesState { page.state = try state(of: hits) }
        return page
    }

    /// The room of a number as the one who asks may see it: joined, or left and not forgotten; nil otherwise, and for rooms
    /// that are encrypted.
    mutating func reading(_ room: Int64) throws -> RoomReading? {
        if let known = readings[room] { return known }
        let found = try read(room)
        readings[room] = .some(found)
        return found
    }

    private func read(_ room: Int64) throws -> RoomReading? {
        let reading: RoomReading
        do { reading = try RoomReading(try tx.room(room), for: number, tx) } catch RoomReadError.notVisible { return nil }
        guard reading.isJoined || reading.history.departure != nil else { return nil }
        let encryption =
            if let end = reading.end {
                try StateQueries.position(of: "m.room.encryption", "", in: room, at: end, tx)
            } else {
                try StateQueries.position(of: "m.room.encryption", "", in: room, tx)
            }
        return encryption == nil ? reading : nil
    }

    /// Prepares events of one room for the one who asks.
    func view(_ events: [StoredEvent], _ reading: RoomReading) throws -> [ViewedEvent] {
        try viewer.view(events, history: reading.history, cache: cache, tx)
    }
}

extension SearchPass {
    /// Everything that the index and the events behind it offer, in the order wished for.
    private mutating func candidates() throws -> [Candidate] {
        let rooms = try SearchedRooms(wish, of: number, cache: cache, tx).numbers
        let senders = try wish.senders.map { try $0.compactMap { try sender($0) } }
        var found: [Candidate] = []
        for room in rooms {
            guard let index = try RoomIndex(room, tx) else { continue }
            let offered = try index.candidates(query, fields: wish.fields, senders: senders, upTo: .max, tx)
            if !offered.isEmpty { found += try visible(offered, in: room) }
        }
        let types = wish.fields.map(\.eventType).sorted()
        let tail = try Timeline.following(
            Timeline.beginning(ofNewest: longestTail, after: IndexQueries.position(tx), types: types, tx), upTo: tx.position(),
            types: types, limit: longestTail, admits: Set(rooms).contains, tx)
        for event in tail.events {
            guard let (_, text) = try event.searchable(), query.matches(text) else { continue }
            let candidate = Candidate(position: event.position, room: event.roomNumber, rank: query.rank(of: text))
            found += try visible([candidate], in: event.roomNumber)
        }
        return found.sorted { wish.order.comes(($0.rank, $0.position), before: ($1.rank, $1.position)) }
    }

    private func sender(_ name: String) throws -> Int64? {
        // What is no user ID has sent nothing.
        guard let user = try? UserID(parsing: name) else { return nil }
        return try tx.number(of: user)
    }

    private mutating func visible(_ candidates: [Candidate], in room: Int64) throws -> [Candidate] {
        guard let reading = try reading(room) else { return [] }
        // What happened after the leave is not searched, even where anybody may read it.
        let end = reading.isJoined ? Int64.max : reading.history.departure ?? 0
        return candidates.filter { $0.position <= end && reading.history.maySee($0.position) }
    }

    /// The event of a candidate, if it is what is searched for; each is opened once.
    private mutating func verify(_ candidate: Candidate) throws -> StoredEvent? {
        if let known = verified[candidate.position] { return known }
        opened += 1
        let event = try hit(at: candidate)
        verified[candidate.position] = .some(event)
        return event
    }

    private func hit(at candidate: Candidate) throws -> StoredEvent? {
        guard let event = try Timeline.opened(at: candidate.position, tx), event.roomNumber == candidate.room,
            !wish.ignored.contains(event.sender), let (field, text) = try event.searchable(), wish.fields.contains(field),
            query.matches(text), try wish.selection.matches(event), try !viewer.hidesContent(of: event, tx)
        else { return nil }
        return event
    }

    /// The results of the page and where the next one begins.
    private mutating func hits(in candidates: [Candidate]) throws -> ([Hit], SearchCursor?) {
        var hits: [Hit] = []
        let group = wish.cursor?.group
        for candidate in candidates {
            guard try follows(candidate, wish.cursor) else { continue }
            if let event = try verify(candidate), admits(event, group) { hits.append(Hit(candidate: candidate, event: event)) }
            if hits.count == wish.limit || opened >= Self.mostOpened {
                return (hits, SearchCursor(rank: candidate.rank, position: candidate.position, group: group))
            }
        }
        return (hits, nil)
    }

    /// Whether a candidate comes after a place, in its group as far as the candidate tells.
    private func follows(_ candidate: Candidate, _ cursor: SearchCursor?) throws -> Bool {
        guard let cursor else { return true }
        guard cursor.isBefore(rank: candidate.rank, position: candidate.position, in: wish.order) else { return false }
        if case .room(let room)? = cursor.group { return try tx.number(of: room) == candidate.room }
        return true
    }

    private func admits(_ event: StoredEvent, _ group: SearchGroup?) -> Bool {
        if case .sender(let user)? = group { return event.sender == user }
        return true
    }

    /// How many results there are: what was not verified counts as often as what was verified.
    private func count(of candidates: [Candidate]) -> Int {
        let sure = verified.values.count { $0 != nil }
        guard verified.count < candidates.count else { return sure }
        guard !verified.isEmpty else { return candidates.count }
        return candidates.count * sure / verified.count
    }

    private mutating func groups(
        _ grouping: SearchWish.Grouping, of hits: [Hit], in candidates: [Candidate]
    ) throws -> [SearchPage.Group] {
        var order: [SearchGroup] = []
        var members: [SearchGroup: [Hit]] = [:]
        for hit in hits {
            let group: SearchGroup =
                switch grouping {
                case .room: .room(try tx.room(hit.candidate.room))
                case .sender: .sender(hit.event.sender)
                }
            if members[group] == nil { order.append(group) }
            members[group, default: []].append(hit)
        }
        return try order.enumerated().map { place, group in
            let inside = members[group] ?? []
            let next = try inside.last.flatMap { last -> SearchCursor? in
                let cursor = SearchCursor(rank: last.candidate.rank, position: last.candidate.position, group: group)
                return try goesOn(after: cursor, in: candidates) ? cursor : nil
            }
            return SearchPage.Group(key: group.key, order: place + 1, results: inside.map(\.event.eventID), next: next)
        }
    }

    private mutating func goesOn(after cursor: SearchCursor, in candidates: [Candidate]) throws -> Bool {
        for candidate in candidates where try follows(candidate, cursor) {
            // Whoever goes on will see; it is not worth more time to know it now.
            if ahead >= Self.mostAhead { return true }
            if verified[candidate.position] == nil { ahead += 1 }
            if let event = try verify(candidate), admits(event, cursor.group) { return true }
        }
        return false
    }
}

extension SearchGroup {
    /// The room's or the sender's ID.
    fileprivate var key: String {
        switch self {
        case .room(let room): room.rawValue
        case .sender(let user): user.rawValue
        }
    }
}
