import Testing

@testable import Matrix

/// Rules and events that are as much work as they can be.
@Suite("What push rules may cost", .timeLimit(.minutes(5)))
struct PushBudgetTests {
    private let room: TestRoom

    init() throws { room = try TestRoom(.v11) }

    private func evaluation(_ content: String) throws -> PushEvaluation {
        let event = PushEvent(
            eventID: nil, roomID: room.roomID, type: "m.room.message", sender: room.bob, stateKey: nil,
            content: try JSON(parsing: Array(content.utf8)), originServerTS: 5)
        return PushEvaluation(event, in: PushRoom(members: 5, levels: PowerLevels(state: room, version: .v11)))
    }

    /// So many override rules with these conditions each; the last of all has none.
    private func rules(_ count: Int, _ conditions: [String]) throws -> PushRules {
        var rules = PushRules()
        let body = try JSON(parsing: Array(#"{"actions":["notify"]}"#.utf8))
        try rules.put(PushRule("last", .override, parsing: body), .override, at: nil)
        let text = #"{"actions":["notify"],"conditions":[\#(conditions.joined(separator: ","))]}"#
        for number in 0..<count {
            let rule = try PushRule("\(number)", .override, parsing: JSON(parsing: Array(text.utf8)))
            try rules.put(rule, .override, at: nil)
        }
        return rules
    }

    private static let never = #"{"kind":"org.example.never"}"#
    private static let holds = #"{"kind":"event_property_contains","key":"content.list","value":2}"#
    private static let list = #"{"list":[\#(String(repeating: "1,", count: 28_000))2]}"#
    private static let name = String(repeating: "x", count: 57_000)

    @Test(
        "whatever they look for in whatever event, its work is counted and ends",
        arguments: [
            (40, Array(repeating: holds, count: 49) + [never], list),
            (
                1_900, [#"{"kind":"event_match","key":"content.text","pattern":"b*"}"#],
                #"{"text":"\#(String(repeating: "Ä", count: 28_000))"}"#
            ),
            (1_900, [#"{"kind":"contains_display_name"}"#], #"{"body":"hello"}"#),
        ])
    func work(_ count: Int, _ conditions: [String], _ content: String) throws {
        let rules = try rules(count, conditions)
        var evaluation = try evaluation(content)
        let reader = PushReader(user: room.alice, displayName: Self.name)
        // The last rule has no conditions; it is not reached.
        #expect(evaluation.actions(rules.inOrder, for: reader) == nil)
    }

    @Test("what is reached within the budget matches, what is reached later does not")
    func spent() throws {
        let few = try rules(1, Array(repeating: Self.holds, count: 20) + [Self.never])
        let many = try rules(2, Array(repeating: Self.holds, count: 20) + [Self.never])
        var evaluation = try evaluation(Self.list)
        let reader = PushReader(user: room.alice, displayName: nil)
        #expect(evaluation.actions(few.inOrder, for: reader) == [.notify])
        #expect(evaluation.actions(many.inOrder, for: reader) == nil)
        // The first to be asked has everything prepared anew; that makes no difference.
        var another = try self.evaluation(Self.list)
        #expect(another.actions(many.inOrder, for: reader) == nil)
        #expect(another.actions(few.inOrder, for: reader) == [.notify])
    }

    @Test("many ways of writing a path lead to the same list, and cost what each would cost")
    func paths() throws {
        let ways = (0..<200).map { number in
            let name = (0..<8).map { number >> $0 & 1 == 0 ? #"\\a"# : #"\\\\a"# }.joined()
            return #"{"kind":"event_property_contains","key":"content.\#(name)","value":1}"#
        }
        let name = String(repeating: #"\\a"#, count: 8)
        let rules = try rules(4, Array(ways.prefix(49)) + [Self.never])
        var small = try evaluation(#"{"\#(name)":[1]}"#)
        #expect(small.actions(rules.inOrder, for: nil) == [.notify])
        var large = try evaluation(#"{"\#(name)":[\#(String(repeating: "1,", count: 27_000))1]}"#)
        #expect(large.actions(rules.inOrder, for: nil) == nil)
    }

    @Test("a person's rules have so many conditions together and no more; fewer are always taken")
    func conditions() throws {
        var rules = try rules(40, Array(repeating: Self.never, count: 50))
        func rule(_ id: String, _ count: Int) throws -> PushRule {
            let conditions = Array(repeating: Self.never, count: count).joined(separator: ",")
            return try PushRule(
                id, .underride, parsing: JSON(parsing: Array(#"{"actions":[],"conditions":[\#(conditions)]}"#.utf8)))
        }
        #expect { try rules.put(rule("more", 1), .underride, at: nil) } throws: { ($0 as? MatrixError)?.code == .tooLarge }
        try rules.put(rule("none", 0), .underride, at: nil)
        try rules.remove("7", .override)
        try rules.put(rule("many", 50), .underride, at: nil)
        #expect { try rules.put(rule("none", 1), .underride, at: nil) } throws: { ($0 as? MatrixError)?.code == .tooLarge }
        try rules.put(rule("many", 50), .underride, at: nil)
        try rules.put(rule("many", 49), .underride, at: .before("none"))
        try rules.put(rule("none", 1), .underride, at: nil)
    }
}
