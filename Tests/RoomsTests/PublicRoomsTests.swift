import Matrix
import Rooms
import TestHouse
import Testing

@Suite("The directory of published rooms")
struct PublicRoomsTests {
    @Test("the largest room comes first, pages lead forth and back, and unpublished rooms stay out")
    func pages() async throws {
        let house = try RoomsHouse()
        let (alice, bob) = (try await house.person("alice"), try await house.person("bob"))
        for number in 1...5 {
            let room = try await house.room(by: alice) { wish in
                wish.name = "room \(number)"
                wish.isPublished = true
            }
            if number == 4 { try await house.join(room, bob) }
        }
        _ = try await house.room(by: alice) { $0.name = "hidden" }
        let first = try await house.reads.publicRooms(.init(limit: 2))
        #expect(first.rooms.map(\.name) == ["room 4", "room 1"])
        #expect(first.rooms.map(\.joined) == [2, 1])
        #expect(first.total == 5 && first.next == 2 && first.previous == nil)
        let last = try await house.reads.publicRooms(.init(limit: 2, offset: 4))
        #expect(last.rooms.map(\.name) == ["room 5"])
        #expect(last.next == nil && last.previous == 2)
    }

    @Test("a search finds by name and topic, whatever the case, and by type")
    func search() async throws {
        let house = try RoomsHouse()
        let alice = try await house.person("alice")
        _ = try await house.room(by: alice) { wish in
            wish.name = "Gardening"
            wish.isPublished = true
        }
        _ = try await house.room(by: alice) { wish in
            wish.topic = "all about GARDENS"
            wish.isPublished = true
            wish.creationContent = ["type": "m.space"]
        }
        #expect(try await house.reads.publicRooms(.init(term: "gardeni")).total == 1)
        #expect(try await house.reads.publicRooms(.init(term: "garden")).total == 2)
        #expect(try await house.reads.publicRooms(.init(types: ["m.space"])).rooms.map(\.roomType) == ["m.space"])
        #expect(try await house.reads.publicRooms(.init(types: [nil])).rooms.map(\.name) == ["Gardening"])
        #expect(try await house.reads.publicRooms(.init(term: "garden", types: ["m.space", nil])).total == 2)
        #expect(try await house.reads.publicRooms(.init(term: "weeds")).rooms.isEmpty)
    }
}
