import Matrix

/// Whatever is taken as a push rule is kept and read back the same, and can be asked about an event. The input is a rule; up to the
/// first NUL it is also a pattern, and after it a text.
func fuzzPush(_ bytes: [UInt8]) {
    let parts = bytes.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
    let words = parts.map { String(decoding: $0, as: UTF8.self) }
    var budget = PushBudget()
    if words.count == 2 {
        let pattern = PushPattern(words[0])
        let text = PushText(words[1])
        let isWhole = pattern.matches(text, &budget)
        let occurs = pattern.occurs(in: text, &budget)
        promise(!isWhole || occurs || budget.isSpent, "what is the whole text occurs in it")
        promise(PushPattern(literal: words[1]).matches(text, &budget) || budget.isSpent, "a text is its own pattern")
    }
    let path = PropertyPath(words[0])
    promise(!path.names.isEmpty && path == PropertyPath(words[0]), "every text is a path")
    guard let json = try? JSON(parsing: Array(parts[0])), let event else { return }
    for kind in PushRuleKind.allCases {
        guard let rule = try? PushRule("rule", kind, parsing: json) else { continue }
        var rules = PushRules()
        promise(((try? rules.put(rule, kind, at: nil)) != nil), "a rule that exists can be put")
        promise(try PushRules(parsing: rules.bytes) == rules, "rules read back the same")
        var evaluation = PushEvaluation(event, in: PushRoom(members: 2, levels: PowerLevels(state: NoState(), version: .v12)))
        let actions = evaluation.actions(rules.inOrder, for: nil)
        let verdict = evaluation.verdict([PushStep](rules.inOrder, in: event.roomID), for: nil)
        promise(PushVerdict(actions ?? []) == verdict, "steps come to what rules come to")
    }
}

private struct NoState: RoomStateLookup {
    func stateEvent(_ type: String, _ stateKey: String) -> StateEvent? { nil }
}

private let event: PushEvent? = {
    guard let room = try? RoomID(parsing: "!room:example.org"), let sender = try? UserID(parsing: "@bob:example.org"),
        let content = try? JSON(
            parsing: Array(#"{"a.b":{"c":1},"body":"hello World","list":["x",1,null],"m.mentions":{"room":true}}"#.utf8))
    else { return nil }
    return PushEvent(
        eventID: nil, roomID: room, type: "m.room.message", sender: sender, stateKey: nil, content: content, originServerTS: 0)
}()
