import Audit
import Matrix
import Rooms
import TestHouse
import Testing

@testable import Sync

@Suite("GET /sync, lazy members")
struct SyncMembersTests {
    private let lazy = #"{"room":{"state":{"lazy_load_members":true},"timeline":{"limit":2}}}"#

    private func members(_ room: JSON?) -> Set<String> {
        Set((room?.events("state") ?? []).filter { $0.type == "m.room.member" }.compactMap { $0["state_key"]?.string })
    }

    @Test("only the senders, the heroes and the reader are told, and each once")
    func lazyMembers() async throws {
        let house = try SyncHouse()
        let alice = try await house.person("alice")
        let room = try await house.room(by: alice)
        var people: [Requester] = [alice]
        for number in 1...9 {
            let person = try await house.person("user\(number)")
            try await house.join(room, person)
            people.append(person)
        }
        for number in 1...3 { try await house.say("\(number)", in: room, by: people[9]) }
        let first = try await house.answer(alice, filter: lazy)
        let told = members(first.room(room))
        #expect(told == Set(["alice", "user1", "user2", "user3", "user4", "user5", "user9"].map { "@\($0):example.org" }))
        try await house.say("again", in: room, by: people[9])
        try await house.say("new", in: room, by: people[8])
        let second = try await house.answer(alice, since: first.token, filter: lazy)
        #expect(members(second.room(room)) == ["@user8:example.org"])
        // The answer may never have arrived, so asking again repeats it.
        #expect(members(try await house.answer(alice, since: first.token, filter: lazy).room(room)) == ["@user8:example.org"])
        try await house.say("once more", in: room, by: people[8])
        #expect(members(try await house.answer(alice, since: second.token, filter: lazy).room(room)).isEmpty)
        let redundant = #"{"room":{"state":{"lazy_load_members":true,"include_redundant_members":true}}}"#
        #expect(
            members(try await house.answer(alice, since: second.token, filter: redundant).room(room)) == ["@user8:example.org"])
    }

    @Test("members who change in a gap are told in any case")
    func gap() async throws {
        let house = try SyncHouse()
        let (alice, bob) = (try await house.person("alice"), try await house.person("bob"))
        let room = try await house.room(by: alice)
        try await house.join(room, bob)
        let token = try await house.answer(alice, filter: lazy).token
        try await house.leave(room, bob)
        for number in 1...3 { try await house.say("\(number)", in: room, by: alice) }
        let found = try #require(try await house.answer(alice, since: token, filter: lazy).room(room))
        #expect(found.isLimited && members(found) == ["@bob:example.org"])
        #expect(found["summary"]?["m.joined_member_count"]?.int == 1)
    }
}
