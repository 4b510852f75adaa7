import Testing

@testable import Matrix

@Suite("A person's push rules")
struct PushRulesTests {
    private func rule(_ id: String, _ kind: PushRuleKind = .override, _ more: String = "") throws -> PushRule {
        try PushRule(id, kind, parsing: JSON(parsing: Array(#"{"actions":["notify"]\#(more)}"#.utf8)))
    }

    private func ids(_ rules: PushRules, _ kind: PushRuleKind = .override) -> [String] {
        rules.rules(kind).map(\.id).filter { !$0.hasPrefix(".") }
    }

    @Test("a new rule is the most important; before and after say otherwise")
    func places() throws {
        var rules = PushRules()
        for id in ["a", "b", "c"] { try rules.put(rule(id), .override, at: nil) }
        #expect(ids(rules) == ["c", "b", "a"])
        try rules.put(rule("d"), .override, at: .after("c"))
        try rules.put(rule("e"), .override, at: .before("a"))
        #expect(ids(rules) == ["c", "d", "b", "e", "a"])
        try rules.put(rule("a"), .override, at: nil)
        #expect(ids(rules) == ["c", "d", "b", "e", "a"])
        try rules.put(rule("a"), .override, at: .before("c"))
        #expect(ids(rules) == ["a", "c", "d", "b", "e"])
        #expect(rules.rules(.override).map(\.id).prefix(2) == [".m.rule.master", "a"])
        let unknown = MatrixError.unknown("before/after rule not found: nobody", status: 400)
        #expect(throws: unknown) { try rules.put(rule("x"), .override, at: .after("nobody")) }
        #expect(throws: MatrixError.self) { try rules.put(rule("x"), .override, at: .before("x")) }
        #expect(ids(rules) == ["a", "c", "d", "b", "e"])
    }

    @Test("a rule that is put again keeps being switched off")
    func keepsEnabled() throws {
        var rules = PushRules()
        try rules.put(rule("a"), .override, at: nil)
        #expect(try rules.rule("a", .override).isEnabled)
        try rules.set("a", .override, enabled: false)
        try rules.put(rule("a"), .override, at: nil)
        #expect(try !rules.rule("a", .override).isEnabled)
    }

    @Test("the server's rules change their actions and are switched, but they stay")
    func serverRules() throws {
        var rules = PushRules()
        #expect(throws: MatrixError.self) { try rules.remove(".m.rule.message", .underride) }
        #expect(throws: MatrixError.self) { try rules.set(".m.rule.message", .override, enabled: false) }
        try rules.set(".m.rule.message", .underride, enabled: false)
        try rules.set(".m.rule.call", .underride, actions: [])
        #expect(try !rules.rule(".m.rule.message", .underride).isEnabled)
        #expect(try rules.rule(".m.rule.call", .underride).actions.isEmpty)
        #expect(try PushRules(parsing: rules.bytes) == rules)
        try rules.set(".m.rule.message", .underride, enabled: true)
        try rules.set(".m.rule.call", .underride, actions: [.notify, .sound("ring")])
        #expect(rules.isStandard)
        #expect(String(decoding: rules.bytes, as: UTF8.self) == #"{"own":{},"server":{}}"#)
    }

    @Test("what is kept reads back the same, conditions as they were written")
    func roundTrip() throws {
        var rules = PushRules()
        try rules.put(
            rule("x", .override, #","conditions":[{"kind":"org.example","more":[1.5]}]"#), .override, at: nil)
        try rules.put(rule("cake", .content, #","pattern":"c*ke"# + "\""), .content, at: nil)
        try rules.put(rule("!room:example.org", .room), .room, at: nil)
        try rules.put(rule("@bob:example.org", .sender), .sender, at: nil)
        try rules.set("cake", .content, enabled: false)
        #expect(try PushRules(parsing: rules.bytes) == rules)
        var writer = JSONWriter()
        rules.append(to: &writer, for: try UserID(parsing: "@alice:example.org"))
        let global = try JSON(parsing: writer.bytes)["global"]
        #expect(global?["override"]?[1]?["conditions"]?[0]?["more"]?[0]?.double == 1.5)
        #expect(global?["content"]?[0]?["pattern"]?.string == "c*ke")
        #expect(global?["content"]?[0]?["conditions"] == nil)
        #expect(global?["content"]?[0]?["enabled"]?.bool == false)
        #expect(global?["room"]?[0]?["rule_id"]?.string == "!room:example.org")
    }

    @Test("actions of older days mean nothing")
    func historical() throws {
        let actions = #"["dont_notify","coalesce",{"set_tweak":"highlight","value":false}]"#
        #expect(
            try PushAction.list(JSON(parsing: Array(actions.utf8))) == [.tweak("highlight", false)])
        #expect(PushVerdict([.notify, .highlight]) == PushVerdict(notifies: true, highlights: true))
        #expect(PushVerdict([.notify, .tweak("highlight", false)]) == PushVerdict(notifies: true))
        #expect(PushVerdict([.highlight]) == .silent)
    }

    @Test(
        "what is no rule is refused",
        arguments: [
            (".x", "override", #"{"actions":[]}"#, "M_INVALID_PARAM"), ("a/b", "override", #"{"actions":[]}"#, "M_INVALID_PARAM"),
            (#"a\b"#, "override", #"{"actions":[]}"#, "M_INVALID_PARAM"), ("", "override", #"{"actions":[]}"#, "M_INVALID_PARAM"),
            ("a", "override", "{}", "M_MISSING_PARAM"), ("a", "override", #"{"actions":"notify"}"#, "M_BAD_JSON"),
            ("a", "override", #"{"actions":["shout"]}"#, "M_INVALID_PARAM"),
            ("a", "override", #"{"actions":[5]}"#, "M_INVALID_PARAM"),
            ("a", "override", #"{"actions":[],"conditions":{}}"#, "M_BAD_JSON"),
            ("a", "override", #"{"actions":[],"conditions":["x"]}"#, "M_BAD_JSON"),
            ("a", "content", #"{"actions":[]}"#, "M_MISSING_PARAM"),
            ("a", "content", #"{"actions":[],"pattern":5}"#, "M_BAD_JSON"),
        ] as [(String, String, String, String)])
    func refused(_ id: String, _ kind: String, _ body: String, _ code: String) throws {
        let kind = try #require(PushRuleKind(rawValue: kind))
        #expect { try PushRule(id, kind, parsing: JSON(parsing: Array(body.utf8))) } throws: {
            ($0 as? MatrixError)?.code.rawValue == code
        }
    }

    @Test("there is an end to how large a rule is and how many there are")
    func limits() throws {
        #expect { try rule("a", .content, #","pattern":"\#(String(repeating: "x", count: 9_000))""#) } throws: {
            ($0 as? MatrixError)?.code == .tooLarge
        }
        var rules = PushRules()
        for number in 0..<2_000 { try rules.put(rule("\(number)"), .override, at: nil) }
        #expect { try rules.put(rule("more", .sender), .sender, at: nil) } throws: { ($0 as? MatrixError)?.code == .tooLarge }
        try rules.put(rule("7"), .override, at: nil)
    }

    @Test("a rule does not outgrow its limit by other actions; what did is read all the same")
    func actions() throws {
        func tweak(_ count: Int) -> [PushAction] { [.tweak("sound", .string(String(repeating: "x", count: count)))] }
        func refused(_ body: () throws -> Void) {
            #expect { try body() } throws: { ($0 as? MatrixError)?.code == .tooLarge }
        }
        var rules = PushRules()
        try rules.put(rule("a", .content, #","pattern":"\#(String(repeating: "x", count: 5_000))""#), .content, at: nil)
        let before = rules
        refused { try rules.set("a", .content, actions: tweak(4_000)) }
        refused { try rules.set(".m.rule.message", .underride, actions: tweak(9_000)) }
        #expect(rules == before)
        try rules.set("a", .content, actions: tweak(3_000))
        try rules.set("a", .content, enabled: false)
        #expect(try PushRules(parsing: rules.bytes) == rules)
        let large = #"{"own":{"content":[{"actions":[],"rule_id":"a","pattern":"\#(String(repeating: "x", count: 9_000))"}]}}"#
        #expect(try PushRules(parsing: Array(large.utf8)).rules(.content).count == 1)
    }

    @Test("rules about other rooms make no difference in a room; what makes one is found")
    func steps() throws {
        let room = try RoomID(parsing: "!room:example.org")
        let standard = [PushStep](PushRules().inOrder, in: nil)
        var rules = PushRules()
        try rules.put(rule("!other:example.org", .room), .room, at: nil)
        try rules.put(
            rule("y", .override, #","conditions":[{"kind":"event_match","key":"room_id","pattern":"!o*"}]"#), .override, at: nil)
        try rules.set(".m.rule.message", .underride, actions: [.notify, .sound("ding")])
        #expect([PushStep](rules.inOrder, in: room) == standard)
        #expect(standard.usual == PushVerdict(notifies: true))
        try rules.put(
            PushRule("!room:example.org", .room, parsing: JSON(parsing: Array(#"{"actions":[]}"#.utf8))), .room, at: nil)
        #expect([PushStep](rules.inOrder, in: room) != standard)
        #expect([PushStep](rules.inOrder, in: room).usual == .silent)
        #expect([PushStep](rules.inOrder, in: nil) == standard)
    }
}
