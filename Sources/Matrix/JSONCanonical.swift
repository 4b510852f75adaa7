extension JSON {
    /// What becomes of numbers that are integers by their value but not by their form, such as `1.0` and `1e3`.
    package enum IntegerForms: Sendable {
        /// They are refused, as [room versions 6 and later](https://spec.matrix.org/v1.19/rooms/v6/#canonical-json) demand for events.
        case strict
        /// They are written as integers, as the examples of the specification do.
        case byValue
    }

    /// The [canonical JSON](https://spec.matrix.org/v1.19/appendices/#canonical-json) of this value.
    ///
    /// Throws `.notAnInteger` for numbers that canonical JSON cannot write. Costs one copy where the bytes are canonical already.
    package func canonical(integers: IntegerForms = .strict) throws(JSONError) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(raw.count)
        try appendCanonical(to: &output, integers: integers)
        return output
    }

    /// Appends the canonical JSON of this value; what was appended before an error stays.
    package func appendCanonical(to output: inout [UInt8], integers: IntegerForms = .strict) throws(JSONError) {
        let (nodes, bytes) = (document.nodes, document.bytes)
        try JSONCanonicalForm(integers: integers).append(index, nodes.span, bytes.span, to: &output)
    }
}

/// Writes values of a tape in canonical form, copying what is canonical as it stands.
private struct JSONCanonicalForm {
    let integers: JSON.IntegerForms

    func append(
        _ index: Int, _ nodes: Span<JSONNode>, _ bytes: Span<UInt8>, to output: inout [UInt8]
    ) throws(JSONError) {
        let node = nodes[index]
        if node.isPlain { return JSONText.append(bytes.extracting(node.extent), to: &output) }
        switch node.kind {
        case .null, .bool: JSONText.append(bytes.extracting(node.extent), to: &output)
        case .string:
            let text = JSONText.unescaped(bytes.extracting(node.content))
            JSONText.appendQuoted(text.span, to: &output)
        case .number: try appendNumber(node, bytes, to: &output)
        case .array:
            output.append(UInt8(ascii: "["))
            var at = index + 1
            while at < node.next {
                if at > index + 1 { output.append(UInt8(ascii: ",")) }
                try append(at, nodes, bytes, to: &output)
                at = nodes[at].next
            }
            output.append(UInt8(ascii: "]"))
        case .object:
            output.append(UInt8(ascii: "{"))
            let keys = sortedKeys(of: index, nodes, bytes)
            for place in keys.indices {
                if place > 0 { output.append(UInt8(ascii: ",")) }
                try append(keys[place], nodes, bytes, to: &output)
                output.append(UInt8(ascii: ":"))
                try append(keys[place] + 1, nodes, bytes, to: &output)
            }
            output.append(UInt8(ascii: "}"))
        }
    }

    private func appendNumber(_ node: JSONNode, _ bytes: Span<UInt8>, to output: inout [UInt8]) throws(JSONError) {
        let written = bytes.extracting(node.extent)
        if let value = JSONNumber.integer(written) { return JSONNumber.append(value, to: &output) }
        guard integers == .byValue, let value = JSONNumber.integral(written) else { throw .notAnInteger(at: node.start) }
        JSONNumber.append(value, to: &output)
    }

    /// The names of an object by code point.
    private func sortedKeys(of object: Int, _ nodes: Span<JSONNode>, _ bytes: Span<UInt8>) -> [Int] {
        var keys: [Int] = []
        keys.reserveCapacity(nodes[object].count)
        var arePlain = true
        var areSorted = true
        var at = object + 1
        while at < nodes[object].next {
            if areSorted, let last = keys.last {
                areSorted = JSONText.precedes(bytes.extracting(nodes[last].content), bytes.extracting(nodes[at].content))
            }
            arePlain = arePlain && nodes[at].isPlain
            keys.append(at)
            at = nodes[at + 1].next
        }
        if arePlain {
            if !areSorted {
                keys.sort { JSONText.precedes(bytes.extracting(nodes[$0].content), bytes.extracting(nodes[$1].content)) }
            }
            return keys
        }
        var names: [(name: [UInt8], key: Int)] = []
        for key in keys { names.append((JSONText.unescaped(bytes.extracting(nodes[key].content)), key)) }
        return names.sorted { JSONText.precedes($0.name.span, $1.name.span) }.map(\.key)
    }
}
