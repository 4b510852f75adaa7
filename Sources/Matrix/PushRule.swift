/// The kinds of push rules, in the order in which they are asked.
/// [Push rules](https://spec.matrix.org/v1.19/client-server-api/#push-rules)
package enum PushRuleKind: String, Sendable, CaseIterable {
    case override, content, room, sender, underride

    /// Whether clients give such rules conditions of their own.
    var hasConditions: Bool { self == .override || self == .underride }
}

/// One push rule of one person.
package struct PushRule: Sendable, Equatable {
    /// Its name, which is unique among the rules of its kind.
    package let id: String
    /// Whether the server made it.
    package let isDefault: Bool
    /// Whether it can match.
    package internal(set) var isEnabled = true
    /// What must hold of an event.
    package let conditions: [PushCondition]
    /// What happens then.
    package internal(set) var actions: [PushAction]
    /// The pattern of a `content` rule.
    let pattern: String?
    /// The conditions as the client wrote them; `nil` where there are none or the server made them.
    let written: [UInt8]?

    init(server id: String, isEnabled: Bool = true, _ conditions: [PushCondition], _ actions: [PushAction]) {
        self.id = id
        isDefault = true
        self.isEnabled = isEnabled
        self.conditions = conditions
        self.actions = actions
        pattern = nil
        written = nil
    }

    /// A rule as a client puts it.
    /// - Throws: `M_INVALID_PARAM` for a name or condition that is not allowed, `M_MISSING_PARAM`, `M_BAD_JSON`, `M_TOO_LARGE`.
    package init(_ id: String, _ kind: PushRuleKind, parsing body: JSON) throws(MatrixError) {
        try self.init(stored: id, kind, body)
        guard size <= Self.mostBytes else { throw .tooLarge("a rule has at most \(Self.mostBytes) bytes") }
    }

    /// A rule that was put once, whatever its size: what is kept must be readable.
    init(stored id: String, _ kind: PushRuleKind, _ body: JSON) throws(MatrixError) {
        guard !id.isEmpty, id.utf8.count <= 512, !id.hasPrefix("."), !id.utf8.contains(where: Self.isForbidden) else {
            throw .invalidParam("a rule's ID has 1 to 512 bytes, no slashes, and does not begin with a dot")
        }
        self.id = id
        isDefault = false
        actions = try PushAction.list(body["actions"])
        switch kind {
        case .override, .underride:
            pattern = nil
            guard let list = body["conditions"], !list.isNull else {
                (conditions, written) = ([], [0x5B, 0x5D])
                break
            }
            guard list.kind == .array, list.elements.allSatisfy({ $0["kind"]?.string != nil }) else {
                throw .badJSON("conditions must be an array of objects with a kind")
            }
            guard list.count <= 50 else { throw .invalidParam("a rule has at most 50 conditions") }
            (conditions, written) = (list.elements.map(PushCondition.init), Array(list.raw))
        case .content:
            guard let text = body["pattern"] else { throw .missingParam("pattern is missing") }
            guard let pattern = text.string else { throw .badJSON("pattern must be a string") }
            self.pattern = pattern
            (conditions, written) = ([.matches(.body, PushPattern(pattern))], nil)
        case .room: (pattern, conditions, written) = (nil, [.room(id)], nil)
        case .sender: (pattern, conditions, written) = (nil, [.sender(id)], nil)
        }
    }

    /// The largest rule that is taken, in bytes.
    static let mostBytes = 8_192

    private static func isForbidden(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "/") || byte == UInt8(ascii: "\\") || byte < 0x20
    }

    /// The rule as clients get it.
    /// - Parameter user: the owner.
    package func append(to writer: inout JSONWriter, for user: UserID) {
        writer.object { object in
            object.memberArray("actions") { list in actions.forEach { $0.append(to: &list) } }
            if let written {
                object.memberRaw("conditions", written)
            } else if isDefault {
                object.memberArray("conditions") { list in conditions.forEach { $0.append(to: &list, for: user.rawValue) } }
            }
            object.member("default", isDefault)
            object.member("enabled", isEnabled)
            if let pattern { object.member("pattern", pattern) }
            object.member("rule_id", id)
        }
    }

    /// How many bytes the rule has, whether it is enabled or not.
    var size: Int {
        var rule = self
        rule.isEnabled = true
        return rule.bytes.count
    }

    /// What is kept of a rule that a client made.
    var bytes: [UInt8] {
        var writer = JSONWriter()
        writer.object { object in
            object.memberArray("actions") { list in actions.forEach { $0.append(to: &list) } }
            if let written { object.memberRaw("conditions", written) }
            if !isEnabled { object.member("enabled", false) }
            if let pattern { object.member("pattern", pattern) }
            object.member("rule_id", id)
        }
        return writer.bytes
    }
}
