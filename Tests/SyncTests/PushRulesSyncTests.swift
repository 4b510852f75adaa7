import Audit
import Matrix
import Rooms
import TestHouse
import Testing

@testable import Sync

@Suite("Push rules in /sync")
struct PushRulesSyncTests {
    private func rules(_ answer: JSON) -> JSON? {
        answer.events("account_data").first { $0.type == "m.push_rules" }?["content"]
    }

    @Test("everybody has them from the first answer on; later they come when they changed")
    func coming() async throws {
        let house = try SyncHouse()
        let (alice, bob) = (try await house.person("alice"), try await house.person("bob"))
        let first = try await house.answer(alice)
        #expect(rules(first)?["global"]?["underride"]?[3]?["rule_id"]?.string == ".m.rule.message")
        #expect(rules(try await house.answer(alice, since: first.token)) == nil)
        try await house.rooms.pushRules.change("test", by: alice, at: house.now) { rules in
            try rules.set(".m.rule.message", .underride, enabled: false)
        }
        let second = try await house.answer(alice, since: first.token)
        #expect(rules(second)?["global"]?["underride"]?[3]?["enabled"]?.bool == false)
        #expect(rules(try await house.answer(alice, since: second.token)) == nil)
        #expect(rules(try await house.answer(bob))?["global"]?["underride"]?[3]?["enabled"]?.bool == true)
        #expect(rules(try await house.answer(alice, filter: #"{"account_data":{"not_types":["m.push_rules"]}}"#)) == nil)
    }

    @Test("after a restart the rules are the same, and so are the counts that they made")
    func restart() async throws {
        let house = try SyncHouse()
        let (alice, bob) = (try await house.person("alice"), try await house.person("bob"))
        let room = try await house.room(by: alice)
        try await house.join(room, bob)
        try await house.rooms.pushRules.change("test", by: bob, at: house.now) { rules in
            let body = try JSON(parsing: Array(#"{"actions":[]}"#.utf8))
            try rules.put(PushRule(room.rawValue, .room, parsing: body), .room, at: nil)
        }
        try await house.say("muted", in: room, by: alice)
        try await house.say("named", in: room, by: alice, #","m.mentions":{"user_ids":["\#(bob.user)"]}"#)
        let engine = try await house.restarted()
        var request = SyncRequest(by: bob, filter: try SyncFilter(parsing: "{}"), timeout: 0, presence: .offline)
        request.since = nil
        let answer = try JSON(parsing: try await engine.sync(request), limits: .init(maxBytes: 1 << 26))
        #expect(answer.room(room)?["unread_notifications"]?["notification_count"]?.int == 1)
        #expect(answer.room(room)?["unread_notifications"]?["highlight_count"]?.int == 1)
        #expect(rules(answer)?["global"]?["room"]?[0]?["rule_id"]?.string == room.rawValue)
    }

    @Test("what one changes wakes one's devices")
    func waking() async throws {
        let house = try SyncHouse()
        let alice = try await house.person("alice")
        let token = try await house.token(alice)
        async let answer = house.answer(alice, since: token, timeout: 10_000)
        try await house.rooms.pushRules.change("test", by: alice, at: house.now) { rules in
            try rules.set(".m.rule.master", .override, enabled: true)
        }
        #expect(rules(try await answer)?["global"]?["override"]?[0]?["enabled"]?.bool == true)
    }
}
