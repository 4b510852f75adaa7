/// One thing that must hold of an event for a push rule to match.
/// [Conditions](https://spec.matrix.org/v1.19/client-server-api/#conditions)
package enum PushCondition: Hashable, Sendable {
    /// A property is text of a pattern.
    case matches(PropertyPath, PushPattern)
    /// A property is exactly a value.
    case property(PropertyPath, PushValue)
    /// A property is a list that holds a value.
    case contains(PropertyPath, PushValue)
    /// The body names the reader as the room knows him.
    case containsDisplayName
    /// The room has so many members.
    case memberCount(Comparison, Int64)
    /// The sender has the power to notify many.
    case senderMayNotify(String)
    /// The event is of a room; the condition of `room` rules.
    case room(String)
    /// The event is by somebody; the condition of `sender` rules.
    case sender(String)
    /// The reader is among those mentioned; only in rules of the server.
    case mentionsReader
    /// The event is a piece of state about the reader; only in rules of the server.
    case concernsReader
    /// A condition that is not known here, which nothing meets.
    case never

    /// How a count is compared.
    package enum Comparison: String, Sendable, CaseIterable {
        case equal = "=="
        case less = "<"
        case more = ">"
        case atLeast = ">="
        case atMost = "<="
    }

    /// A condition as clients write it; what cannot be read is one that never holds.
    package init(_ json: JSON) {
        let key = json["key"]?.string
        switch (json["kind"]?.string, key) {
        case ("event_match", let key?):
            guard let pattern = json["pattern"]?.string else { break }
            self = .matches(PropertyPath(key), PushPattern(pattern))
            return
        case ("event_property_is", let key?):
            guard let value = json["value"].flatMap(PushValue.init) else { break }
            self = .property(PropertyPath(key), value)
            return
        case ("event_property_contains", let key?):
            guard let value = json["value"].flatMap(PushValue.init) else { break }
            self = .contains(PropertyPath(key), value)
            return
        case ("contains_display_name", _):
            self = .containsDisplayName
            return
        case ("room_member_count", _):
            guard let text = json["is"]?.string, let condition = Self.count(text) else { break }
            self = condition
            return
        case ("sender_notification_permission", let key?):
            self = .senderMayNotify(key)
            return
        default: break
        }
        self = .never
    }

    private static func count(_ text: String) -> PushCondition? {
        // The longer signs first, of which the shorter ones are beginnings.
        let sign = [Comparison.equal, .atLeast, .atMost, .less, .more].first { text.hasPrefix($0.rawValue) }
        let digits = text.dropFirst(sign?.rawValue.count ?? 0)
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int64(digits) else { return nil }
        return .memberCount(sign ?? .equal, number)
    }

    /// Writes a condition of the server's own rules.
    /// - Parameter user: the owner of the rules.
    func append(to writer: inout JSONWriter, for user: String) {
        writer.object { object in
            switch self {
            case .matches(let path, let pattern):
                object.member("kind", "event_match")
                object.member("key", path.text)
                object.member("pattern", pattern.text)
            case .property(let path, let value):
                object.member("kind", "event_property_is")
                object.member("key", path.text)
                object.member("value", value.json)
            case .contains(let path, let value):
                object.member("kind", "event_property_contains")
                object.member("key", path.text)
                object.member("value", value.json)
            case .containsDisplayName: object.member("kind", "contains_display_name")
            case .memberCount(let comparison, let number):
                object.member("kind", "room_member_count")
                object.member("is", comparison == .equal ? "\(number)" : "\(comparison.rawValue)\(number)")
            case .senderMayNotify(let key):
                object.member("kind", "sender_notification_permission")
                object.member("key", key)
            case .mentionsReader:
                object.member("kind", "event_property_contains")
                object.member("key", PropertyPath.mentionedUsers.text)
                object.member("value", user)
            case .concernsReader:
                object.member("kind", "event_match")
                object.member("key", "state_key")
                object.member("pattern", user)
            case .room, .sender, .never: break
            }
        }
    }
}

extension PropertyPath {
    /// The list of those whom a message mentions.
    static let mentionedUsers = PropertyPath(#"content.m\.mentions.user_ids"#)
}

/// A value that a condition compares: text, a whole number, a truth value or null.
package enum PushValue: Hashable, Sendable {
    case text([UInt8]), int(Int64), bool(Bool), null

    /// The value of a JSON value that is not compound; `nil` for the others, and for numbers that are not safe integers.
    init?(_ json: JSON) {
        switch json.kind {
        case .string: self = .text(Array((json.string ?? "").utf8))
        case .number:
            guard let number = json.int else { return nil }
            self = .int(number)
        case .bool: self = .bool(json.bool == true)
        case .null: self = .null
        case .array, .object: return nil
        }
    }

    /// The value as it is written.
    var json: JSONValue {
        switch self {
        case .text(let bytes): .string(String(decoding: bytes, as: UTF8.self))
        case .int(let number): .int(number)
        case .bool(let flag): .bool(flag)
        case .null: .null
        }
    }
}
