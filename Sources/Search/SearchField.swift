import Matrix

/// What of events is searched: one field for each type.
package enum SearchField: UInt8, Sendable, CaseIterable {
    /// `content.body` of `m.room.message`.
    case body = 0
    /// `content.name` of `m.room.name`.
    case name = 1
    /// `content.topic` of `m.room.topic`, and its plain text in `content['m.topic']`.
    case topic = 2

    /// The field that a request names.
    package init?(key: String) {
        switch key {
        case "content.body": self = .body
        case "content.name": self = .name
        case "content.topic": self = .topic
        default: return nil
        }
    }

    init?(type: String) {
        guard let field = SearchField.allCases.first(where: { $0.eventType == type }) else { return nil }
        self = field
    }

    /// The type of the events that have it.
    package var eventType: String {
        switch self {
        case .body: "m.room.message"
        case .name: "m.room.name"
        case .topic: "m.room.topic"
        }
    }

    /// The texts of an event's content.
    func texts(of content: JSON) -> [String] {
        switch self {
        case .body: return [content["body"]?.string].compactMap(\.self)
        case .name: return [content["name"]?.string].compactMap(\.self)
        case .topic:
            var texts = [content["topic"]?.string].compactMap(\.self)
            if let forms = content["m.topic"]?["m.text"] {
                for form in forms.elements where (form["mimetype"]?.string ?? "text/plain") == "text/plain" {
                    if let body = form["body"]?.string, !texts.contains(body) { texts.append(body) }
                }
            }
            return texts
        }
    }
}
