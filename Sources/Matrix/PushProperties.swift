/// The properties of one event as conditions compare them, each prepared when it is asked for first.
///
/// Texts and lists are kept by their place in the event, so that all of them together are no larger than the event, however many
/// paths lead to them. Every look costs what it would cost if nothing were prepared: see ``PushBudget``.
struct PushProperties {
    private enum Found {
        case text(PushText), number(Int64), json(JSON)
    }

    private struct Place {
        let found: Found?
        let price: Int
    }

    private let event: PushEvent
    private var places: [PropertyPath: Place] = [:]
    private var texts: [Int: PushText] = [:]
    private var lists: [Int: Set<PushValue>] = [:]

    private static let mostPlaces = 1_000

    init(_ event: PushEvent) { self.event = event }

    /// The text of a property; `nil` for what is absent or something else, and when the budget is spent.
    mutating func text(_ path: PropertyPath, _ budget: inout PushBudget) -> PushText? {
        switch find(path, &budget) {
        case .text(let text): return budget.spend(text.text.utf8.count / 8) ? text : nil
        case .json(let json) where json.kind == .string:
            guard budget.spend(json.raw.count / 8) else { return nil }
            if let text = texts[json.index] { return text }
            let text = PushText(json.string ?? "")
            texts[json.index] = text
            return text
        case .json, .number, nil: return nil
        }
    }

    /// The value of a property, with the same exceptions.
    mutating func value(_ path: PropertyPath, _ budget: inout PushBudget) -> PushValue? {
        switch find(path, &budget) {
        case .text(let text): return budget.spend(text.text.utf8.count / 8) ? .text(Array(text.text.utf8)) : nil
        case .number(let number): return .int(number)
        case .json(let json):
            guard json.kind != .string || budget.spend(json.raw.count / 8) else { return nil }
            return PushValue(json)
        case nil: return nil
        }
    }

    /// Whether a property is a list that holds a value.
    mutating func contains(_ value: PushValue, _ path: PropertyPath, _ budget: inout PushBudget) -> Bool {
        guard case .json(let list)? = find(path, &budget), list.kind == .array, budget.spend(list.count + value.size / 8) else {
            return false
        }
        if let values = lists[list.index] { return values.contains(value) }
        let values = Set(list.elements.compactMap { PushValue($0) })
        lists[list.index] = values
        return values.contains(value)
    }

    private mutating func find(_ path: PropertyPath, _ budget: inout PushBudget) -> Found? {
        if let place = places[path] { return budget.spend(place.price) ? place.found : nil }
        let place = look(path)
        // What is forgotten is found again, at the same price.
        if places.count >= Self.mostPlaces { places = [:] }
        places[path] = place
        return budget.spend(place.price) ? place.found : nil
    }

    private func look(_ path: PropertyPath) -> Place {
        var price = path.text.utf8.count / 8
        guard path.names.count > 1 else { return Place(found: own(path.names.first ?? ""), price: price) }
        guard path.names.first == "content" else { return Place(found: nil, price: price) }
        var value = event.content
        for name in path.names.dropFirst() {
            price += PushBudget.lookUp(name, in: value)
            guard let member = value[name] else { return Place(found: nil, price: price) }
            value = member
        }
        return Place(found: .json(value), price: price)
    }

    private func own(_ name: String) -> Found? {
        switch name {
        case "type": .text(PushText(event.type))
        case "content": .json(event.content)
        case "sender": .text(PushText(event.sender.rawValue))
        case "state_key": event.stateKey.map { .text(PushText($0)) }
        case "room_id": .text(PushText(event.roomID.rawValue))
        case "event_id": event.eventID.map { .text(PushText($0.rawValue)) }
        case "origin_server_ts": .number(event.originServerTS)
        default: nil
        }
    }
}

extension PushValue {
    /// About how many bytes it has.
    fileprivate var size: Int {
        if case .text(let bytes) = self { bytes.count } else { 0 }
    }
}
