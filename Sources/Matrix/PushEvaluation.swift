/// An event as push rules see it.
package struct PushEvent: Sendable {
    let eventID: EventID?
    /// Its room.
    package let roomID: RoomID
    let type: String
    let sender: UserID
    let stateKey: String?
    let content: JSON
    let originServerTS: Int64

    /// An event of its parts.
    package init(
        eventID: EventID?, roomID: RoomID, type: String, sender: UserID, stateKey: String?, content: JSON, originServerTS: Int64
    ) {
        self.eventID = eventID
        self.roomID = roomID
        self.type = type
        self.sender = sender
        self.stateKey = stateKey
        self.content = content
        self.originServerTS = originServerTS
    }

    /// An event that is being appended.
    package init(_ pdu: PDU) {
        self.init(
            eventID: pdu.eventID, roomID: pdu.roomID, type: pdu.type, sender: pdu.sender, stateKey: pdu.stateKey,
            content: pdu.content, originServerTS: pdu.originServerTS)
    }

    /// Those whom the event says that it mentions.
    package var mentionedUsers: JSON? { content["m.mentions"]?["user_ids"] }
}

/// What of a room push rules ask for.
package struct PushRoom: Sendable {
    /// The number of joined members.
    let members: Int
    /// Who may do what.
    let levels: PowerLevels

    /// A room after the event that is looked at.
    package init(members: Int, levels: PowerLevels) {
        self.members = members
        self.levels = levels
    }
}

/// Whose rules are looked at.
package struct PushReader: Sendable {
    let user: UserID
    let displayName: String?

    /// A person.
    /// - Parameter displayName: how the room knows him.
    package init(user: UserID, displayName: String?) {
        self.user = user
        self.displayName = displayName
    }
}

/// One event, looked at with many rules. What has to be prepared for that is prepared once.
///
/// The rules of each person have a ``PushBudget`` for the event; rules that are reached when it is spent do not match. What is
/// spent does not depend on who was asked before, so neither does what the rules come to.
package struct PushEvaluation {
    private let event: PushEvent
    private let room: PushRoom
    private var properties: PushProperties
    /// The display name of the reader who is asked.
    private var name: PushPattern?
    /// The level of the sender, and those that notifying many takes.
    private var power: (sender: Int64, notifications: JSON?)?
    private var budget = PushBudget()

    /// An event in its room.
    package init(_ event: PushEvent, in room: PushRoom) {
        self.event = event
        self.room = room
        properties = PushProperties(event)
    }

    /// The actions of the first rule that matches; `nil` when none does.
    /// - Parameter reader: whose rules they are; `nil` asks for those who are neither named nor meant by the event.
    package mutating func actions(_ rules: some Sequence<PushRule>, for reader: PushReader?) -> [PushAction]? {
        begin()
        for rule in rules where rule.isEnabled && holds(rule.conditions, for: reader) { return rule.actions }
        return nil
    }

    /// The verdict of the first step that matches; silence when none does.
    package mutating func verdict(_ steps: [PushStep], for reader: PushReader?) -> PushVerdict {
        begin()
        for step in steps where holds(step.conditions, for: reader) { return step.verdict }
        return .silent
    }

    private mutating func begin() {
        budget = PushBudget()
        name = nil
    }

    private mutating func holds(_ conditions: [PushCondition], for reader: PushReader?) -> Bool {
        for condition in conditions where !holds(condition, for: reader) { return false }
        return !budget.isSpent
    }

    private mutating func holds(_ condition: PushCondition, for reader: PushReader?) -> Bool {
        guard budget.spend(1) else { return false }
        switch condition {
        case .matches(let path, let pattern):
            guard let text = properties.text(path, &budget) else { return false }
            return path == .body ? pattern.occurs(in: text, &budget) : pattern.matches(text, &budget)
        case .property(let path, let value): return properties.value(path, &budget) == value
        case .contains(let path, let value): return properties.contains(value, path, &budget)
        case .containsDisplayName: return isNamed(reader)
        case .memberCount(let comparison, let number): return Self.compare(Int64(room.members), comparison, number)
        case .senderMayNotify(let key): return senderMayNotify(key)
        case .room(let id): return Self.same(event.roomID.rawValue, id)
        case .sender(let id): return Self.same(event.sender.rawValue, id)
        case .mentionsReader:
            guard let reader else { return false }
            return properties.contains(.text(Array(reader.user.rawValue.utf8)), .mentionedUsers, &budget)
        case .concernsReader:
            guard let reader, let key = event.stateKey else { return false }
            return Self.same(key, reader.user.rawValue)
        case .never: return false
        }
    }

    private mutating func isNamed(_ reader: PushReader?) -> Bool {
        guard let displayName = reader?.displayName, !displayName.isEmpty, budget.spend(displayName.utf8.count / 8),
            let body = properties.text(.body, &budget)
        else { return false }
        let pattern = name ?? PushPattern(literal: displayName)
        name = pattern
        return pattern.occurs(in: body, &budget)
    }

    private mutating func senderMayNotify(_ key: String) -> Bool {
        let power = power ?? (room.levels.level(of: event.sender), room.levels.notifications)
        self.power = power
        guard let listed = power.notifications else { return power.sender >= PowerLevels.usualNotification }
        guard budget.spend(PushBudget.lookUp(key, in: listed)) else { return false }
        return power.sender >= listed[key]?.int ?? PowerLevels.usualNotification
    }

    private static func same(_ one: String, _ other: String) -> Bool { JSONText.equal(one.utf8.span, other.utf8.span) }

    private static func compare(_ members: Int64, _ comparison: PushCondition.Comparison, _ number: Int64) -> Bool {
        switch comparison {
        case .equal: members == number
        case .less: members < number
        case .more: members > number
        case .atLeast: members >= number
        case .atMost: members <= number
        }
    }
}

/// A rule reduced to what is counted: when it applies, and what it comes to.
package struct PushStep: Hashable, Sendable {
    let conditions: [PushCondition]
    let verdict: PushVerdict
}

extension [PushStep] {
    /// The steps that enabled rules come to in one room, in their order. What cannot match there is left out, so that rules
    /// about other rooms make no difference; equal steps mean equal verdicts. What the rules say of the room has one budget.
    /// - Parameter room: `nil` for some room that no rule names.
    package init(_ rules: some Sequence<PushRule>, in room: RoomID?) {
        self = []
        let id = room?.rawValue ?? ""
        let text = PushText(id)
        var budget = PushBudget()
        each: for rule in rules where rule.isEnabled {
            var conditions: [PushCondition] = []
            for condition in rule.conditions {
                switch condition {
                case .never: continue each
                case .room(let other):
                    guard JSONText.equal(other.utf8.span, id.utf8.span) else { continue each }
                case .matches(let path, let pattern) where path == .roomID:
                    guard pattern.matches(text, &budget) else { continue each }
                case .property(let path, let value) where path == .roomID:
                    guard value == .text([UInt8](id.utf8)) else { continue each }
                default: conditions.append(condition)
                }
            }
            append(PushStep(conditions: conditions, verdict: PushVerdict(rule.actions)))
            // Nothing gets past a rule without conditions.
            if conditions.isEmpty { break }
        }
        // What comes to nothing at the end is what happens anyway.
        while last?.verdict == .silent { removeLast() }
    }

    /// Whether the steps may come to something else for each reader, even one whom the event does not name.
    package var asksForReader: Bool { contains { $0.conditions.contains(.containsDisplayName) } }

    /// What the steps come to for an ordinary message of a room of many by somebody in particular: what most events are.
    package var usual: PushVerdict {
        var budget = PushBudget()
        for step in self where step.conditions.allSatisfy({ $0.holdsForUsualMessage(&budget) }) { return step.verdict }
        return .silent
    }
}

extension PushCondition {
    /// Whether it holds for a plain text message that mentions nobody, in a room of many.
    fileprivate func holdsForUsualMessage(_ budget: inout PushBudget) -> Bool {
        switch self {
        case .matches(let path, let pattern):
            switch path.text {
            case "type": return pattern.matches(.usualType, &budget)
            case "content.msgtype": return pattern.matches(.usualKind, &budget)
            default: return false
            }
        case .memberCount(let comparison, let number):
            return switch comparison {
            case .equal, .less, .atMost: false
            case .more, .atLeast: number <= 3
            }
        case .property, .contains, .containsDisplayName, .senderMayNotify, .room, .sender, .mentionsReader, .concernsReader,
            .never:
            return false
        }
    }
}

extension PropertyPath {
    fileprivate static let roomID = PropertyPath("room_id")
}

extension PushText {
    fileprivate static let usualType = PushText("m.room.message")
    fileprivate static let usualKind = PushText("m.text")
}
