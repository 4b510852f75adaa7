/// Names of members, of which no two may be the same.
extension JSONParser {
    /// Whether a name is plain and comes after the name before it.
    func follows(_ bytes: Span<UInt8>, _ key: Int, after previous: Int) -> Bool {
        guard nodes[key].isPlain else { return false }
        return previous == 0 || JSONText.precedes(bytes.extracting(nodes[previous].content), bytes.extracting(nodes[key].content))
    }

    /// Looks for a name that occurs twice: few names pair by pair, many by sorting them.
    func refuseDuplicates(_ bytes: Span<UInt8>, of object: Int) throws(JSONError) {
        var keys: [Int] = []
        var isPlain = true
        var at = object + 1
        while at < nodes.count {
            keys.append(at)
            isPlain = isPlain && nodes[at].isPlain
            at = nodes[at + 1].next
        }
        guard isPlain else { return try refuseEscapedDuplicates(bytes, keys) }
        guard keys.count > 24 else {
            for place in keys.indices {
                let node = nodes[keys[place]]
                for other in 0..<place {
                    let earlier = nodes[keys[other]]
                    guard node.length == earlier.length else { continue }
                    if JSONText.equal(bytes.extracting(node.content), bytes.extracting(earlier.content)) {
                        throw .duplicateKey(at: node.start)
                    }
                }
            }
            return
        }
        keys.sort { JSONText.precedes(bytes.extracting(nodes[$0].content), bytes.extracting(nodes[$1].content)) }
        for (one, other) in zip(keys, keys.dropFirst())
        where JSONText.equal(bytes.extracting(nodes[one].content), bytes.extracting(nodes[other].content)) {
            throw .duplicateKey(at: nodes[max(one, other)].start)
        }
    }

    private func refuseEscapedDuplicates(_ bytes: Span<UInt8>, _ keys: [Int]) throws(JSONError) {
        var seen: Set<[UInt8]> = []
        for key in keys where !seen.insert(JSONText.unescaped(bytes.extracting(nodes[key].content))).inserted {
            throw .duplicateKey(at: nodes[key].start)
        }
    }
}
