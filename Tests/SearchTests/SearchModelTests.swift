import Audit
import Matrix
import Rooms
import TestHouse
import Testing

@testable import Search

@Suite("POST /search: the hits of a plain search")
struct SearchModelTests {
    private struct Said {
        let event: EventID
        let room: Int
        let sender: UserID
        let text: String
    }

    @Test("index, tail, folding and redactions give what looking through every text gives", arguments: [UInt64(1), 2, 3])
    func model(seed: UInt64) async throws {
        var dice = Dice(seed)
        let house = try SearchHouse(batch: [7, 32, 256][Int(seed) % 3], segment: seed == 2 ? 40 : 16_384)
        let people = [try await house.person("alice"), try await house.person("bob")]
        var rooms: [RoomID] = []
        for _ in 0..<3 {
            let room = try await house.room(by: people[0])
            rooms.append(room)
        }
        try await house.join(rooms[0], people[1])
        try await house.join(rooms[1], people[1])
        var said: [Said] = []
        for round in 0..<240 {
            let room = Int.random(in: 0..<3, using: &dice)
            let sender = room < 2 ? people[Int.random(in: 0..<2, using: &dice)] : people[0]
            let text = randomText(&dice)
            let event = try await house.say(text, in: rooms[room], by: sender)
            said.append(Said(event: event, room: room, sender: sender.user, text: text))
            if round % 11 == 5 {
                let victim = said.remove(at: Int.random(in: said.indices, using: &dice))
                try await house.redact(victim.event, in: rooms[victim.room], by: people[0])
            }
            if Int.random(in: 0..<25, using: &dice) == 0 { try await house.indexer.step() }
            if round % 40 == 39 { try await compare(said, house, people, rooms, &dice) }
        }
        try await house.indexer.catchUp()
        try await compare(said, house, people, rooms, &dice)
        try await house.rebuild()
        try await compare(said, house, people, rooms, &dice)
        try await house.indexer.catchUp()
        try await compare(said, house, people, rooms, &dice)
    }

    private func compare(
        _ said: [Said], _ house: SearchHouse, _ people: [Requester], _ rooms: [RoomID], _ dice: inout Dice
    ) async throws {
        for _ in 0..<8 {
            let term = randomTerm(&dice)
            let query = SearchQuery(SearchText(term))
            let asker = Int.random(in: 0..<2, using: &dice)
            let expected = said.filter {
                ($0.room < 2 || asker == 0) && !query.parts.isEmpty && query.matches(SearchText($0.text))
            }
            let recent = try await house.all(term, by: people[asker], limit: Int.random(in: 1...7, using: &dice)) {
                $0.order = .recent
            }
            #expect(recent == expected.reversed().map(\.event), "\(term)")
            let ranked = try await house.all(term, by: people[asker], limit: Int.random(in: 1...7, using: &dice))
            #expect(ranked.count == expected.count, "\(term)")
            #expect(Set(ranked) == Set(recent), "\(term)")
            let best = expected.map { query.rank(of: SearchText($0.text)) }.max()
            #expect(said.first { $0.event == ranked.first }.map { query.rank(of: SearchText($0.text)) } == best)
            let page = try await house.page(term, by: people[asker]) { wish in
                wish.groupings = [.room, .sender]
                wish.limit = 5
            }
            #expect(page.count == expected.count)
            for (grouping, groups) in page.groups {
                for group in groups {
                    var found = group.results
                    if let next = group.next {
                        found += try await house.all(term, by: people[asker], limit: 3) { $0.cursor = next }
                    }
                    let members = expected.filter {
                        group.key == (grouping == .room ? rooms[$0.room].rawValue : $0.sender.rawValue)
                    }
                    #expect(found.count == members.count, "\(term) in \(group.key)")
                    #expect(Set(found) == Set(members.map(\.event)))
                }
            }
        }
    }
}
