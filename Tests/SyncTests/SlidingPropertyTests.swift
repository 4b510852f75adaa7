import Audit
import Matrix
import Rooms
import TestHouse
import Testing

@testable import Sync

@Suite("Sliding sync, what answers add up to", .timeLimit(.minutes(5)))
struct SlidingPropertyTests {
    /// How a client begins.
    private func body(_ dice: inout Dice) -> (SlidingBody, types: [String]?) {
        var body = SlidingBody()
        body.ranges = "[[0,\(dice.below(3))]]"
        body.limit = dice.one(of: [0, 1, 2, 5, 20])
        let types: [String]? = dice.one(of: [nil, ["m.room.topic", "m.room.name"], ["m.room.member"]])
        if let types { body.state = "[" + types.map { #"["\#($0)","*"]"# }.joined(separator: ",") + "]" }
        return (body, types)
    }

    /// Scrolls, opens and closes rooms, as somebody with a telephone does.
    private func fiddle(_ client: inout SlidingModel, _ life: inout RandomLife) {
        client.body.ranges = life.dice.one(of: ["[[0,0]]", "[[0,1]]", "[[0,2]]", "[[1,3]]", "[[0,0],[2,3]]", "[[0,99]]"])
        guard life.dice.chance(40), !life.rooms.isEmpty else { return }
        let room = life.dice.one(of: life.rooms).rawValue
        client.body.subscriptions[room] =
            life.dice.chance(60) ? SlidingBody.detail(limit: life.dice.one(of: [1, 5, 20]), state: client.body.state) : nil
    }

    private func follow(
        _ client: inout SlidingModel, _ house: SyncHouse, losing: Bool = false, on engine: SyncEngine
    ) async throws -> JSON {
        let answer = try await house.slide(client.person, client.body.text, pos: client.pos, on: engine)
        // A lost answer: the client asks again from where it was.
        if !losing || client.pos == nil { client.apply(answer) }
        return answer
    }

    private func truth(_ person: Requester, _ house: SyncHouse) async throws -> ModelClient {
        var manner = ModelClient.Manner()
        manner.filter = #"{"room":{"timeline":{"limit":500}}}"#
        manner.usesStateAfter = true
        var other = ModelClient(person, manner)
        other.apply(try await house.answer(person, filter: manner.filter) { $0.usesStateAfter = true })
        return other
    }

    @Test(
        "windows that move, rooms that open and answers that get lost add up to what /sync tells",
        arguments: 1...16 as ClosedRange<UInt64>)
    func addingUp(seed: UInt64) async throws { try await addUp(seed: seed) }

    @Test("and so do answers that have no room for all that is to be told", arguments: 17...24 as ClosedRange<UInt64>)
    func addingUpInLittleRoom(seed: UInt64) async throws { try await addUp(seed: seed, largestAnswer: 2_000) }

    private func addUp(seed: UInt64, largestAnswer: Int? = nil) async throws {
        let house = try SyncHouse(version: RoomVersion.allCases[Int(seed % 3)], keepsPresence: false)
        var limits = SyncEngine.Limits()
        limits.largestAnswer = largestAnswer ?? limits.largestAnswer
        let engine = house.engine(limits)
        var life = try await RandomLife(house, seed: seed)
        var clients: [SlidingModel] = []
        for person in life.people {
            let (body, types) = body(&life.dice)
            var client = SlidingModel(person, body)
            client.stateTypes = types
            clients.append(client)
        }
        for _ in 0..<8 {
            for _ in 0..<30 {
                try await life.step()
                let index = life.dice.below(clients.count)
                guard life.dice.chance(30) else { continue }
                fiddle(&clients[index], &life)
                _ = try await follow(&clients[index], house, losing: life.dice.chance(20), on: engine)
            }
            for index in clients.indices {
                clients[index].body.ranges = "[[0,99]]"
                var answer = try await follow(&clients[index], house, on: engine)
                while largestAnswer != nil, !answer.tellsOfRooms.isEmpty {
                    answer = try await follow(&clients[index], house, on: engine)
                }
                let person = clients[index].person
                let differences = clients[index].differences(from: try await truth(person, house))
                #expect(differences.isEmpty, "\(person.user), seed \(seed)")
                if !differences.isEmpty { return }
                let again = try await house.slide(person, clients[index].body.text, pos: clients[index].pos, on: engine)
                #expect(again.tellsOfRooms.isEmpty && (again["extensions"]?.count ?? 0) == 0, "nothing is told twice")
                clients[index].apply(again)
            }
        }
    }
}
