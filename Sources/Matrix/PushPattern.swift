/// A glob of a push rule, matched whatever the case of letters: `*` is any text, `?` any character.
///
/// [Glob-style matching](https://spec.matrix.org/v1.19/appendices/#glob-style-matching). Matching takes time in proportion to
/// the lengths of text and pattern multiplied, at worst; the steps are counted against a budget.
package struct PushPattern: Hashable, Sendable {
    private enum Token: Hashable {
        case one(Unicode.Scalar), any, many
    }

    /// The pattern as it was written.
    package let text: String
    private let tokens: [Token]
    /// The letters in lower case, if the pattern is plain ASCII without wildcards: most are.
    private let plain: [UInt8]?

    /// A pattern with wildcards.
    package init(_ text: String) {
        self.init(text) { $0 == "*" ? .many : $0 == "?" ? .any : .one($0) }
    }

    /// A text that stands for itself, `*` and `?` included.
    package init(literal text: String) {
        self.init(text) { .one($0) }
    }

    private init(_ text: String, _ token: (Unicode.Scalar) -> Token) {
        self.text = text
        var tokens: [Token] = []
        // Several stars in a row mean what one means.
        for scalar in text.lowercased().unicodeScalars {
            let next = token(scalar)
            if next != .many || tokens.last != .many { tokens.append(next) }
        }
        self.tokens = tokens
        let bytes: [UInt8] = tokens.compactMap {
            if case .one(let scalar) = $0, scalar.isASCII { UInt8(scalar.value) } else { nil }
        }
        plain = bytes.count == tokens.count ? bytes : nil
    }

    /// Whether a text is this pattern from its beginning to its end.
    package func matches(_ text: PushText, _ budget: inout PushBudget) -> Bool {
        guard let plain else { return search(text, wordByWord: false, &budget) }
        let bytes = text.text.utf8.span
        guard bytes.count == plain.count, budget.spend(1 + bytes.count / 8) else { return false }
        for at in 0..<bytes.count where Self.lower(bytes[at]) != plain[at] { return false }
        return true
    }

    /// Whether some stretch of a text that begins and ends at word boundaries is this pattern.
    ///
    /// A boundary is the start, the end, and the place beside any character that is not `A-Z`, `a-z`, `0-9` or `_`.
    package func occurs(in text: PushText, _ budget: inout PushBudget) -> Bool {
        search(text, wordByWord: true, &budget)
    }

    private static func lower(_ byte: UInt8) -> UInt8 { (0x41...0x5a).contains(byte) ? byte | 0x20 : byte }

    /// Follows all the places in the pattern at which a match may be, side by side, so that no pattern takes exponential time.
    private func search(_ text: PushText, wordByWord: Bool, _ budget: inout PushBudget) -> Bool {
        let scalars = text.scalars
        guard budget.spend(1 + tokens.count / 8) else { return false }
        var here: [Int] = []
        var next: [Int] = []
        var isMarked = [Bool](repeating: false, count: tokens.count + 1)

        func reach(_ place: Int, _ places: inout [Int]) {
            var place = place
            while !isMarked[place] {
                isMarked[place] = true
                places.append(place)
                guard place < tokens.count, tokens[place] == .many else { return }
                place += 1
            }
        }

        for at in 0...scalars.count {
            let isBoundary = wordByWord ? text.isBoundary(at) : at == 0 || at == scalars.count
            if wordByWord ? isBoundary : at == 0 {
                for place in here { isMarked[place] = true }
                reach(0, &here)
                for place in here { isMarked[place] = false }
            }
            if wordByWord ? isBoundary : at == scalars.count, here.contains(tokens.count) { return true }
            guard at < scalars.count, budget.spend(here.count + 1) else { return false }
            guard wordByWord || !here.isEmpty else { return false }
            next.removeAll(keepingCapacity: true)
            for place in here where place < tokens.count {
                switch tokens[place] {
                case .many: reach(place, &next)
                case .any: reach(place + 1, &next)
                case .one(let scalar): if scalar == scalars[at] { reach(place + 1, &next) }
                }
            }
            for place in next { isMarked[place] = false }
            swap(&here, &next)
        }
        return false
    }

    /// The same pattern, byte by byte.
    package static func == (one: PushPattern, other: PushPattern) -> Bool { one.tokens == other.tokens }

    /// Feeds what is compared.
    package func hash(into hasher: inout Hasher) { hasher.combine(tokens) }
}

/// A text made ready for patterns: its characters in lower case.
package struct PushText: Sendable {
    /// The text as it is.
    let text: String
    let scalars: [Unicode.Scalar]

    /// A text of an event.
    package init(_ text: String) {
        self.text = text
        scalars = Array(text.lowercased().unicodeScalars)
    }

    /// Whether a word may begin or end before the character at a place.
    func isBoundary(_ place: Int) -> Bool {
        place == 0 || place == scalars.count || !Self.isWord(scalars[place - 1]) || !Self.isWord(scalars[place])
    }

    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_": true
        default: false
        }
    }
}

/// How much work one person's rules may be for one event. What is left when it is used up does not match.
///
/// Everything costs what it takes when nothing is prepared: a look for a property as many steps as there are members on the way, a
/// text a step for eight bytes, a list a step for each element, a pattern a step for each place that is followed.
package struct PushBudget: Sendable {
    private var steps: Int

    /// A budget of that many steps; a step is a comparison of two characters, about.
    package init(steps: Int = 1_000_000) { self.steps = steps }

    /// Takes steps; says no when there are none left.
    @discardableResult
    package mutating func spend(_ count: Int) -> Bool {
        steps -= count
        return steps > 0
    }

    /// What looking for a member costs.
    static func lookUp(_ name: String, in object: JSON) -> Int { object.count * (1 + name.utf8.count / 8) }

    /// Whether nothing is left.
    package var isSpent: Bool { steps <= 0 }
}
