import Audit
import Matrix
import TestHouse
import Testing

@testable import Rooms

@Suite("Push rules that follow into the room that replaces another")
struct RoomUpgradeTests {
    private static let silence = #"{"actions":[]}"#

    private static func rule(_ id: String, _ kind: PushRuleKind, _ body: String = silence) throws -> PushRule {
        try PushRule(id, kind, parsing: JSON(parsing: Array(body.utf8)))
    }

    /// As many rules as a person may have, one of them about a room.
    private static func full(about room: RoomID) throws -> PushRules {
        var rules = PushRules()
        try rules.put(rule(room.rawValue, .room), .room, at: nil)
        for number in 1..<2_000 { try rules.put(rule("\(number)", .override), .override, at: nil) }
        return rules
    }

    @Test("who has as many rules as there may be joins the new room without the one about the old")
    func full() async throws {
        let house = try RoomsHouse()
        let (alice, bob) = (try await house.person("alice"), try await house.person("bob"))
        let old = try await house.room(by: alice)
        try await house.join(old, bob)
        let rules = try Self.full(about: old)
        for person in [alice, bob] {
            try await house.rooms.pushRules.change("test", by: person, at: house.now) { $0 = rules }
        }
        let new = try await house.rooms.upgrade(
            old, to: .v12, creators: [], profile: RoomsHouse.profile(alice), by: alice, at: house.now)
        try await house.join(new, bob)
        for person in [alice, bob] {
            #expect(try await house.rooms.pushRules.rules(of: person.number) == rules)
            try await house.say("here", in: new, by: person)
        }
    }

    @Test("a rule that is too large with the longer name is left out, the others follow")
    func tooLarge() throws {
        let old = try RoomID(parsing: "!a:example.org")
        let new = try RoomID(parsing: "!\(String(repeating: "a", count: 40)):example.org")
        func large(_ padding: Int) throws -> PushRule {
            try Self.rule(
                old.rawValue, .override,
                #"""
                {"actions":[],"conditions":[{"kind":"event_match","key":"room_id","pattern":"\#(old)"},
                {"kind":"org.example.padding","x":"\#(String(repeating: "x", count: padding))"}]}
                """#)
        }
        // The largest that is taken.
        let rule = try #require((7_000...8_192).reversed().lazy.compactMap { try? large($0) }.first)
        var rules = PushRules()
        try rules.put(rule, .override, at: nil)
        try rules.put(Self.rule(old.rawValue, .room), .room, at: nil)
        try rules.follow(from: old, to: new)
        #expect(rules.rules(.override).filter { !$0.isDefault }.map(\.id) == [old.rawValue])
        #expect(rules.rules(.room).map(\.id) == [old.rawValue, new.rawValue])
    }
}
