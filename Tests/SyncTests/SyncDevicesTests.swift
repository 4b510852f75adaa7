import Audit
import Matrix
import TestHouse
import Testing

@testable import Sync

@Suite("GET /sync, several devices of one person")
struct SyncDevicesTests {
    @Test("a device that asks late hears that a room was left, whatever the other device was told")
    func leavingIsToldToAll() async throws {
        let house = try SyncHouse(keepsPresence: false)
        let (alice, phone) = (try await house.person("alice"), try await house.person("bob"))
        let tablet = try await house.person("bob", device: "tablet")
        let room = try await house.room(by: alice)
        try await house.join(room, phone)
        let before = try await house.token(phone)
        try await house.leave(room, phone)
        let told = try await house.answer(tablet, since: before)
        #expect(told.room(room, "leave") != nil)
        try await house.say("without bob", in: room, by: alice)
        try await house.keep("org.example.data", "{}", by: tablet)
        #expect(try await house.answer(tablet, since: told.token).tellsOfNoRoom)
        #expect(try await house.answer(phone, since: before).room(room, "leave") != nil)
    }

    @Test("whom one device began to ignore is ignored in the first answer to another")
    func ignoringHoldsEverywhere() async throws {
        let house = try SyncHouse(keepsPresence: false)
        let (alice, bob, mallory) = (
            try await house.person("alice"), try await house.person("bob"), try await house.person("mallory")
        )
        let room = try await house.room(by: alice)
        for person in [bob, mallory] { try await house.join(room, person) }
        _ = try await house.token(bob)
        try await house.say("spam", in: room, by: mallory)
        try await house.ignore(mallory, by: bob)
        let first = try await house.answer(try await house.person("bob", device: "tablet"))
        #expect(first.room(room)?.bodies == [])
    }
}
