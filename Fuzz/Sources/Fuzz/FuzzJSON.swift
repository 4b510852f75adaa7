import Matrix

/// Whatever parses can be read everywhere, and its canonical form is a fixed point that means the same.
func fuzzJSON(_ bytes: [UInt8]) {
    guard let json = try? JSON(parsing: bytes) else { return }
    read(json)
    promise(try JSON(parsing: Array(json.raw)).count == json.count, "the raw bytes are a document")

    let value = JSONValue(json)
    if let canonical = try? json.canonical() {
        promise(try JSON(parsing: canonical).canonical() == canonical, "canonical JSON is its own canonical form")
        promise(value.canonical() == canonical || hasRaw(value), "a built value is written like the parsed one")
        promise(try JSONValue(JSON(parsing: canonical)) == value || hasRaw(value), "canonical JSON means the same")
        promise(try json.canonical(integers: .byValue) == canonical, "conversion by value leaves integers alone")
    } else if let canonical = try? json.canonical(integers: .byValue) {
        promise(try JSON(parsing: canonical).canonical() == canonical, "converted numbers are canonical")
    }
}

private func read(_ json: JSON) {
    switch json.kind {
    case .null: promise(json.isNull, "null is null")
    case .bool: promise(json.bool != nil, "a bool has a value")
    case .number:
        if let int = json.int { promise(json.double == Double(int), "an integer is the same as a double") }
    case .string:
        guard let text = json.string else { fatalError("a string without text") }
        var writer = JSONWriter()
        writer.string(text)
        promise(try JSON(parsing: writer.bytes).string.map { Array($0.utf8) } == Array(text.utf8), "text comes back")
    case .array:
        var count = 0
        for element in json.elements {
            read(element)
            count += 1
        }
        promise(count == json.count, "an array has as many elements as it says")
        promise(json[count] == nil && (count == 0 || json[count - 1] != nil), "elements are found by their place")
    case .object:
        var count = 0
        for (key, value) in json.members {
            read(value)
            // In a large object, looking for each name would take longer than fuzzing has time.
            if count < 32 { promise(json[key]?.raw.startIndex == value.raw.startIndex, "a member is found by its name") }
            count += 1
        }
        promise(count == json.count, "an object has as many members as it says")
    }
}

/// Whether a built value keeps bytes as they came, which need not be canonical.
private func hasRaw(_ value: JSONValue) -> Bool {
    switch value {
    case .raw: true
    case .array(let elements): elements.contains(where: hasRaw)
    case .object(let members): members.values.contains(where: hasRaw)
    default: false
    }
}
