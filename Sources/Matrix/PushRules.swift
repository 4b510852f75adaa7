/// All push rules of one person: the server's, what was changed of them, and the person's own.
/// [Push rules](https://spec.matrix.org/v1.19/client-server-api/#push-rules)
package struct PushRules: Sendable, Equatable {
    /// What was changed of a rule of the server.
    private struct Change: Sendable, Equatable {
        var isEnabled: Bool?
        var actions: [PushAction]?
    }

    /// Where a rule is put, beside another of the same kind.
    package enum Place: Sendable, Equatable {
        case before(String), after(String)
    }

    private var own: [PushRuleKind: [PushRule]] = [:]
    private var changes: [String: Change] = [:]

    /// The rules of somebody who has said nothing.
    package init() {}

    /// Whether nothing was said.
    package var isStandard: Bool { own.isEmpty && changes.isEmpty }

    /// The rules of a kind, the most important first.
    package func rules(_ kind: PushRuleKind) -> [PushRule] {
        var rules = own[kind] ?? []
        if kind == .override { rules.insert(changed(Self.master), at: 0) }
        return rules + Self.server(kind).map(changed)
    }

    /// Every rule in the order in which they are asked.
    package var inOrder: [PushRule] { PushRuleKind.allCases.flatMap(rules) }

    /// One rule.
    /// - Throws: `M_NOT_FOUND`.
    package func rule(_ id: String, _ kind: PushRuleKind) throws(MatrixError) -> PushRule {
        guard let rule = rules(kind).first(where: { Self.same($0.id, id) }) else { throw Self.notFound }
        return rule
    }

    private func changed(_ rule: PushRule) -> PushRule {
        guard let change = changes[rule.id] else { return rule }
        var rule = rule
        if let isEnabled = change.isEnabled { rule.isEnabled = isEnabled }
        if let actions = change.actions { rule.actions = actions }
        return rule
    }

    private static func same(_ one: String, _ other: String) -> Bool { JSONText.equal(one.utf8.span, other.utf8.span) }
    private static let notFound = MatrixError.notFound("there is no such push rule")
}

// Changes
extension PushRules {
    /// Makes a rule, or puts it in the place of the one with its ID. A new one is the most important of its kind if no place is
    /// named; one that was there stays where it is and keeps being enabled or not.
    /// - Throws: `M_UNKNOWN` when there is no rule to put it beside, `M_TOO_LARGE` for too many rules or conditions.
    package mutating func put(_ rule: PushRule, _ kind: PushRuleKind, at place: Place?) throws(MatrixError) {
        var rule = rule
        var rules = own[kind] ?? []
        let before = rules.firstIndex { Self.same($0.id, rule.id) }
        if let before { rule.isEnabled = rules[before].isEnabled }
        let more = rule.conditions.count - (before.map { rules[$0].conditions.count } ?? 0)
        switch place {
        case nil:
            if let before { rules[before] = rule } else { rules.insert(rule, at: 0) }
        case .before(let other), .after(let other):
            if let before { rules.remove(at: before) }
            guard var index = rules.firstIndex(where: { Self.same($0.id, other) }) else {
                throw .unknown("before/after rule not found: \(other)", status: 400)
            }
            if case .after = place { index += 1 }
            rules.insert(rule, at: index)
        }
        guard own.values.reduce(0, { $0 + $1.count }) < Self.most || before != nil else {
            throw .tooLarge("a person has at most \(Self.most) push rules")
        }
        guard more <= 0 || conditions + more <= Self.mostConditions else {
            throw .tooLarge("the push rules of a person have at most \(Self.mostConditions) conditions together")
        }
        own[kind] = rules
    }

    /// Removes a rule of the person's own; the server's cannot be removed.
    /// - Throws: `M_NOT_FOUND`.
    package mutating func remove(_ id: String, _ kind: PushRuleKind) throws(MatrixError) {
        guard var rules = own[kind], let index = rules.firstIndex(where: { Self.same($0.id, id) }) else {
            throw Self.notFound
        }
        rules.remove(at: index)
        own[kind] = rules.isEmpty ? nil : rules
    }

    /// Switches a rule on or off.
    /// - Throws: `M_NOT_FOUND`.
    package mutating func set(_ id: String, _ kind: PushRuleKind, enabled: Bool) throws(MatrixError) {
        try change(id, kind) {
            $0.isEnabled = enabled
        } server: { change, rule in
            change.isEnabled = rule.isEnabled == enabled ? nil : enabled
        }
    }

    /// Gives a rule other actions.
    /// - Throws: `M_NOT_FOUND`, `M_TOO_LARGE`.
    package mutating func set(_ id: String, _ kind: PushRuleKind, actions: [PushAction]) throws(MatrixError) {
        var writer = JSONWriter()
        writer.array { list in actions.forEach { $0.append(to: &list) } }
        guard writer.bytes.count <= PushRule.mostBytes else { throw Self.ruleTooLarge }
        try change(id, kind) {
            $0.actions = actions
        } server: { change, rule in
            change.actions = rule.actions == actions ? nil : actions
        }
    }

    private mutating func change(
        _ id: String, _ kind: PushRuleKind, own edit: (inout PushRule) -> Void, server: (inout Change, PushRule) -> Void
    ) throws(MatrixError) {
        if let index = own[kind]?.firstIndex(where: { Self.same($0.id, id) }) {
            if var rule = own[kind]?[index] {
                let before = rule.size
                edit(&rule)
                guard rule.size <= max(before, PushRule.mostBytes) else { throw Self.ruleTooLarge }
                own[kind]?[index] = rule
            }
            return
        }
        let rules = (kind == .override ? [Self.master] : []) + Self.server(kind)
        guard let rule = rules.first(where: { Self.same($0.id, id) }) else { throw Self.notFound }
        var change = changes[rule.id] ?? Change()
        server(&change, rule)
        changes[rule.id] = change == Change() ? nil : change
    }

    /// How many conditions the person's own rules have together.
    private var conditions: Int { own.values.joined().reduce(0) { $0 + $1.conditions.count } }

    private static let ruleTooLarge = MatrixError.tooLarge("a rule has at most \(PushRule.mostBytes) bytes")
    private static let most = 2_000
    private static let mostConditions = 2_000
}

// Forms
extension PushRules {
    /// Writes the content of `m.push_rules`, which is also the answer to `GET /pushrules/`.
    package func append(to writer: inout JSONWriter, for user: UserID) {
        writer.object { $0.memberObject("global") { appendGlobal(to: &$0, for: user) } }
    }

    /// Writes the members of the global ruleset.
    package func appendGlobal(to object: inout JSONWriter, for user: UserID) {
        for kind in PushRuleKind.allCases {
            object.memberArray(kind.rawValue) { list in rules(kind).forEach { $0.append(to: &list, for: user) } }
        }
    }

    /// What is kept: only what differs from the server's rules.
    package var bytes: [UInt8] {
        var writer = JSONWriter()
        writer.object { object in
            object.memberObject("own") { kinds in
                for kind in PushRuleKind.allCases {
                    guard let rules = own[kind] else { continue }
                    kinds.memberArray(kind.rawValue) { list in rules.forEach { list.raw($0.bytes) } }
                }
            }
            object.memberObject("server") { server in
                for (id, change) in changes.sorted(by: { $0.key < $1.key }) {
                    server.memberObject(id) { object in
                        if let isEnabled = change.isEnabled { object.member("enabled", isEnabled) }
                        if let actions = change.actions {
                            object.memberArray("actions") { list in actions.forEach { $0.append(to: &list) } }
                        }
                    }
                }
            }
        }
        return writer.bytes
    }

    /// Reads back what ``bytes`` made. Changes of rules that the server does not have any more are kept and change nothing.
    package init(parsing bytes: [UInt8]) throws {
        let json = try JSON(parsing: bytes, limits: JSON.Limits(maxBytes: 1 << 25, maxDepth: 80))
        for kind in PushRuleKind.allCases {
            guard let list = json["own"]?[kind.rawValue], list.count > 0 else { continue }
            own[kind] = try list.elements.map { element in
                var rule = try PushRule(stored: element["rule_id"]?.string ?? "", kind, element)
                rule.isEnabled = element["enabled"]?.bool ?? true
                return rule
            }
        }
        for (id, change) in json["server"]?.members.map({ $0 }) ?? [] {
            changes[id] = Change(
                isEnabled: change["enabled"]?.bool, actions: try change["actions"].map { try PushAction.list($0) })
        }
    }
}
