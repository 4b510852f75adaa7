/// What happens when a push rule matches.
/// [Actions](https://spec.matrix.org/v1.19/client-server-api/#actions)
package enum PushAction: Hashable, Sendable {
    /// The event notifies.
    case notify
    /// The notification carries a tweak, such as a sound.
    case tweak(String, JSONValue?)

    /// Plays the sound of that name.
    package static func sound(_ name: String) -> PushAction { .tweak("sound", .string(name)) }
    /// Shows the event as one of importance.
    package static let highlight = PushAction.tweak("highlight", nil)

    /// The actions of a list. `dont_notify` and `coalesce` of older days are left out, as if they had not been there.
    /// - Throws: `M_MISSING_PARAM`, `M_BAD_JSON`, `M_INVALID_PARAM` for what is no action.
    package static func list(_ json: JSON?) throws(MatrixError) -> [PushAction] {
        guard let json else { throw .missingParam("actions is missing") }
        guard json.kind == .array else { throw .badJSON("actions must be an array") }
        guard json.count <= most else { throw .invalidParam("a rule has at most \(most) actions") }
        var actions: [PushAction] = []
        for element in json.elements {
            if let word = element.string {
                if historical.contains(word) { continue }
                guard word == "notify" else { throw .invalidParam("there is no action of this name") }
                actions.append(.notify)
            } else if let name = element["set_tweak"]?.string {
                actions.append(.tweak(name, element["value"].map(JSONValue.init)))
            } else {
                throw .invalidParam("an action is a word or an object with set_tweak")
            }
        }
        return actions
    }

    private static let most = 20
    private static let historical: Set<String> = ["dont_notify", "coalesce"]

    /// Writes the action as an element of an array.
    package func append(to writer: inout JSONWriter) {
        switch self {
        case .notify: writer.string("notify")
        case .tweak(let name, let value):
            writer.object { object in
                object.member("set_tweak", name)
                if let value { object.member("value", value) }
            }
        }
    }
}

/// What an event means to one person: the part of the actions that is counted.
package struct PushVerdict: Hashable, Sendable {
    /// Whether it notifies.
    package let notifies: Bool
    /// Whether it notifies and is highlighted.
    package let highlights: Bool

    /// A verdict; what does not notify is not highlighted.
    package init(notifies: Bool, highlights: Bool = false) {
        self.notifies = notifies
        self.highlights = notifies && highlights
    }

    /// What actions come to.
    package init(_ actions: [PushAction]) {
        var highlights = false
        for case .tweak("highlight", let value) in actions { highlights = value == nil || value == .bool(true) }
        self.init(notifies: actions.contains(.notify), highlights: highlights)
    }

    /// Nothing happens.
    package static let silent = PushVerdict(notifies: false)
}
