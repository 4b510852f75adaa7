import Audit
import Matrix
import Rooms
import TestHouse
import Testing

@testable import Sync

@Suite("GET /sync, what answers add up to", .timeLimit(.minutes(5)))
struct SyncPropertyTests {
    /// How the clients of one run ask.
    private func manner(_ dice: inout Dice) -> ModelClient.Manner {
        var manner = ModelClient.Manner()
        manner.isLazy = dice.chance(40)
        manner.usesStateAfter = dice.chance(40)
        let limit = dice.one(of: [1, 2, 3, 10, 50])
        let types = dice.one(of: [
            "", "", #","not_types":["m.room.topic","org.example.*"]"#, #","types":["m.room.mes*","m.room.member"]"#,
        ])
        manner.filter = """
            {"room":{"include_leave":true,"timeline":{"limit":\(limit)\(types)},"state":{"lazy_load_members":\(manner.isLazy)}}}
            """
        return manner
    }

    /// The same with a timeline that leaves nothing out.
    private func fresh(_ client: ModelClient, _ house: SyncHouse) async throws -> ModelClient {
        var manner = client.manner
        manner.filter = manner.filter.replacing(/"limit":\d+/, with: #""limit":500"#)
            .replacing(#""lazy_load_members":true"#, with: #""lazy_load_members":false"#)
        manner.isLazy = false
        manner.isCrowded = false
        var other = ModelClient(client.person, manner)
        // Another device, so that it learns nothing of what this one was told.
        other.apply(try await house.answer(client.person, filter: manner.filter) { $0.usesStateAfter = manner.usesStateAfter })
        return other
    }

    private func follow(
        _ client: inout ModelClient, _ house: SyncHouse, fullState: Bool = false, on engine: SyncEngine? = nil
    ) async throws {
        let after = client.manner.usesStateAfter
        client.apply(
            try await house.answer(client.person, since: client.token, filter: client.manner.filter, on: engine) {
                $0.usesStateAfter = after
                $0.wantsFullState = fullState
            })
    }

    @Test("one answer after the other tells what one answer for everything tells", arguments: 1...12 as ClosedRange<UInt64>)
    func addingUp(seed: UInt64) async throws { try await addUp(seed: seed) }

    @Test("and so do answers that are too full for all timelines", arguments: 13...16 as ClosedRange<UInt64>)
    func addingUpInLittleRoom(seed: UInt64) async throws { try await addUp(seed: seed, largestAnswer: 4_000) }

    private func addUp(seed: UInt64, largestAnswer: Int? = nil) async throws {
        let house = try SyncHouse(version: RoomVersion.allCases[Int(seed % 3)], keepsPresence: false)
        var limits = SyncEngine.Limits()
        limits.largestAnswer = largestAnswer ?? limits.largestAnswer
        let engine = house.engine(limits)
        var life = try await RandomLife(house, seed: seed)
        var clients: [ModelClient] = []
        for person in life.people {
            var manner = manner(&life.dice)
            manner.isCrowded = largestAnswer != nil
            clients.append(ModelClient(person, manner))
        }
        for _ in 0..<8 {
            for _ in 0..<30 {
                try await life.step()
                let index = life.dice.below(clients.count)
                if life.dice.chance(25) { try await follow(&clients[index], house, fullState: life.dice.chance(5), on: engine) }
            }
            for index in clients.indices {
                try await follow(&clients[index], house, on: engine)
                let client = clients[index]
                let forgotten = life.forgotten[client.person.user.rawValue] ?? []
                let differences = client.differences(from: try await fresh(client, house), forgotten: forgotten)
                #expect(differences.isEmpty, "\(client.person.user) with \(client.manner)")
                if !differences.isEmpty { return }
            }
        }
    }

    @Test("nothing is lost or told twice while others write", arguments: 101...106 as ClosedRange<UInt64>)
    func whileWriting(seed: UInt64) async throws {
        let house = try SyncHouse(keepsPresence: false)
        var setup = try await RandomLife(house, seed: seed)
        var rooms: [RoomID] = []
        for owner in setup.people {
            let room = try await house.room(by: owner)
            for person in setup.people where person != owner { try await house.join(room, person) }
            rooms.append(room)
        }
        let manners = setup.people.map { _ in manner(&setup.dice) }
        let people = setup.people
        let shared = rooms
        let clients = try await withThrowingTaskGroup(of: ModelClient?.self) { group in
            for (number, person) in people.enumerated() {
                group.addTask {
                    var life = try await RandomLife(house, seed: seed * 100 + UInt64(number))
                    life.rooms = shared
                    for room in shared { life.events[room] = [] }
                    for _ in 0..<60 { try await life.step() }
                    return nil
                }
                group.addTask {
                    var client = ModelClient(person, manners[number])
                    for _ in 0..<60 {
                        try await follow(&client, house)
                        await Task.yield()
                    }
                    return client
                }
            }
            return try await group.reduce(into: [ModelClient]()) { all, client in if let client { all.append(client) } }
        }
        for var client in clients {
            try await follow(&client, house)
            let fresh = try await fresh(client, house)
            let forgotten = Set(client.left.keys).subtracting(fresh.left.keys)
            #expect(client.differences(from: fresh, forgotten: forgotten).isEmpty, "\(client.person.user) with \(client.manner)")
        }
    }
}
