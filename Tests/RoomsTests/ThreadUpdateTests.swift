import Audit
import Matrix
import Rooms
import Storage
import TestHouse
import Testing

@Suite("Threads in which something was said", .timeLimit(.minutes(5)))
struct ThreadUpdateTests {
    private let house: RoomsHouse

    init() throws { house = try RoomsHouse() }

    private func reply(to root: EventID, in room: RoomID, by requester: Requester) async throws -> EventID {
        try await house.say(
            "reply", in: room, by: requester,
            #","m.relates_to":{"rel_type":"m.thread","event_id":"\#(root.rawValue)"}"#)
    }

    private struct Found: Equatable {
        var latest: Int64 = 0
        var events: [EventID] = []
    }

    /// The threads of a room as its reader's client would put them together out of all that it can read.
    private func model(
        _ room: RoomID, _ reader: Requester, after: Int64, ignoring ignored: Set<UserID>
    ) async throws -> [EventID: Found] {
        let events = try await house.history(room, for: reader)
        let seen = Set(events.map(\.eventID))
        var threads: [EventID: Found] = [:]
        for event in events where event.position > after && !ignored.contains(event.sender) {
            guard let relation = try event.content["m.relates_to"], relation["rel_type"]?.string == "m.thread",
                let root = try relation["event_id"]?.string.map({ try EventID(parsing: $0) }), seen.contains(root)
            else { continue }
            threads[root, default: Found()].latest = event.position
            threads[root]?.events.append(event.eventID)
        }
        return threads
    }

    /// Pages to the end, while people go on talking.
    private func pages(
        _ reader: Requester, after: Int64, _ dice: inout Dice, ignoring ignored: Set<UserID>, between: () async throws -> Void
    ) async throws -> [ThreadUpdates.Thread] {
        var found: [ThreadUpdates.Thread] = []
        var from: ThreadsToken?
        repeat {
            let (limit, token, cache) = (1 + dice.below(3), from, house.cache)
            let page = try await house.store.read { tx in
                var search = ThreadSearch(of: reader.number, after: after, upTo: try token?.end ?? tx.position(), limit: limit)
                if let token { search.latest = token.latest }
                return try ThreadUpdates(search, ignoring: ignored, viewer: nil, cache: cache, tx)
            }
            #expect(page.threads.count <= limit)
            found += page.threads
            from = try page.next.map { try ThreadsToken(parsing: $0.description) }
            try await between()
        } while from != nil
        return found
    }

    @Test(
        "pages to the end are what the reader can put together, whoever comes, goes, hides, redacts and goes on talking",
        arguments: 1...12 as ClosedRange<UInt64>)
    func model(seed: UInt64) async throws {
        var dice = Dice(seed)
        let people = [
            try await house.person("alice"), try await house.person("bob"), try await house.person("carol"),
        ]
        var rooms: [RoomID] = []
        for _ in 0..<3 { rooms.append(try await house.room(by: people[0])) }
        var roots: [RoomID: [EventID]] = [:]
        var replies: [(RoomID, EventID, Requester)] = []
        var inside: [RoomID: Set<Int>] = [:]
        var middle: Int64 = 0
        for step in 0..<140 {
            let room = dice.one(of: rooms)
            let index = dice.below(3)
            let person = people[index]
            let isInside = index == 0 || inside[room]?.contains(index) == true
            switch dice.below(12) {
            case 0 where index > 0:
                if isInside {
                    try await house.rooms.leave(room, reason: nil, by: person, at: house.now)
                    inside[room]?.remove(index)
                } else {
                    try await house.join(room, person)
                    inside[room, default: []].insert(index)
                }
            case 1:
                let visibility = dice.one(of: ["shared", "joined", "invited", "world_readable"])
                try await house.set(
                    "m.room.history_visibility", #"{"history_visibility":"\#(visibility)"}"#, in: room, by: people[0])
            case 2 where !replies.isEmpty:
                let (place, event, author) = replies.remove(at: dice.below(replies.count))
                guard author.number == people[0].number else { continue }
                _ = try await house.rooms.redact(
                    event, reason: nil, transaction: "r\(step)", in: place, by: author, at: house.now)
            case 3...5 where isInside: roots[room, default: []].append(try await house.say("root", in: room, by: person))
            case 6... where isInside && roots[room] != nil:
                let event = try await reply(to: dice.one(of: roots[room] ?? []), in: room, by: person)
                replies.append((room, event, person))
            default: break
            }
            if step == 70 { middle = try await house.store.read { try $0.position() } }
        }
        for (index, reader) in people.enumerated() {
            for (after, ignoresOther) in [(0, false), (middle, false), (0, true), (middle, true)] {
                let ignored: Set<UserID> = ignoresOther ? [people[(index + 1) % 3].user] : []
                var expected: [EventID: Found] = [:]
                for room in rooms where index == 0 || inside[room]?.contains(index) == true {
                    expected.merge(try await model(room, reader, after: after, ignoring: ignored)) { first, _ in first }
                }
                let found = try await pages(reader, after: after, &dice, ignoring: ignored) {
                    guard let room = rooms.first(where: { roots[$0] != nil }), let root = roots[room]?.first else { return }
                    _ = try await reply(to: root, in: room, by: people[0])
                }
                #expect(
                    found.map(\.root) == expected.sorted { $0.value.latest > $1.value.latest }.map(\.key),
                    "seed \(seed), \(reader.user), after \(after), ignoring \(ignored)")
                for thread in found {
                    guard let known = expected[thread.root] else { continue }
                    #expect((thread.previous != nil) == (known.events.count > 1))
                    guard let previous = thread.previous else { continue }
                    var wish = RelationsWish(limit: 500)
                    wish.kind = .thread
                    wish.from = previous
                    wish.to = HistoryToken(after: after)
                    let before = try await house.reads.relations(
                        of: thread.root, in: thread.roomID, wish, by: reader, at: house.now
                    ).chunk.filter { !ignored.contains($0.event.sender) }
                    #expect(before.map(\.event.eventID) == known.events.dropLast().reversed())
                }
            }
        }
    }

    @Test("tokens that are none are refused")
    func tokens() throws {
        #expect(try ThreadsToken(parsing: "u12_34").description == "u12_34")
        for text in ["", "u", "u1", "u1_", "u_1", "t1_2", "u1_2_3", "u-1_2", "u1_99999999999999999999", "u1_2 ", "u１_2"] {
            #expect(throws: MatrixError.self) { try ThreadsToken(parsing: text) }
        }
    }
}
