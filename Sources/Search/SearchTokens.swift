/// What is indexed of one event: the tokens of its text, each with a weight.
///
/// A word is one token. A run gives each of its scalars and each pair of neighbours, so that any part of it can be found.
struct SearchTokens {
    typealias Scalars = SearchText.Scalars

    /// The tokens with their weights, 1…63.
    let weights: [Scalars: UInt8]

    /// The tokens of a text.
    init(_ text: SearchText) {
        var counts: [Scalars: Int] = [:]
        for word in text.words { counts[word, default: 0] += 1 }
        for run in text.runs {
            for scalar in run { counts[[scalar], default: 0] += 1 }
            for pair in zip(run, run.dropFirst()) { counts[[pair.0, pair.1], default: 0] += 1 }
        }
        let length = text.length
        weights = counts.mapValues { Self.weight(count: $0, length: length) }
    }

    /// How much a token says about a text: more the oftener it stands there, less the longer the text is (the term weight of
    /// BM25 with its usual constants and a usual length of 12, in steps of 1/63).
    ///
    /// It depends on the event alone, so ranks do not move while somebody pages through them.
    static func weight(count: Int, length: Int) -> UInt8 {
        let saturation = 1.2 * (0.25 + 0.75 * Double(length) / 12)
        let weight = (63 * Double(count) / (Double(count) + saturation)).rounded()
        return UInt8(min(max(weight, 1), 63))
    }
}

/// What somebody searches for: words and runs, all of which an event must have.
package struct SearchQuery: Sendable, Equatable {
    /// One thing to find.
    package struct Part: Sendable, Hashable {
        /// The folded word or run.
        let scalars: SearchText.Scalars
        /// Whether it is found inside longer runs.
        let isRun: Bool

        /// The tokens that an event must have for this part; for a run longer than two scalars not all events that have them
        /// fit.
        var tokens: [SearchText.Scalars] {
            guard isRun, scalars.count > 1 else { return [scalars] }
            var tokens: [SearchText.Scalars] = []
            for pair in zip(scalars, scalars.dropFirst()) where !tokens.contains([pair.0, pair.1]) {
                tokens.append([pair.0, pair.1])
            }
            return tokens
        }
    }

    /// The parts, each once.
    package let parts: [Part]

    /// How many parts a query has at most; further ones are left out.
    private static let mostParts = 24
    /// How much of a run is searched for.
    private static let longestRun = 64

    /// The query that a text means.
    package init(_ text: SearchText) {
        var parts: [Part] = []
        for word in text.words { parts.append(Part(scalars: word, isRun: false)) }
        for run in text.runs { parts.append(Part(scalars: Array(run.prefix(Self.longestRun)), isRun: true)) }
        var seen: Set<Part> = []
        self.parts = Array(parts.filter { seen.insert($0).inserted }.prefix(Self.mostParts))
    }

    /// Whether an index says for certain what a text holds.
    var isCertain: Bool { parts.allSatisfy { !$0.isRun || $0.scalars.count <= 2 } }

    /// Whether a text has everything.
    package func matches(_ text: SearchText) -> Bool {
        parts.allSatisfy { part in
            part.isRun ? text.runs.contains { Self.contains($0, part.scalars) } : text.words.contains(part.scalars)
        }
    }

    /// How well a text that matches fits: the sum over the parts of the weight of each part's rarest token.
    func rank(of text: SearchText) -> Int {
        let weights = SearchTokens(text).weights
        return parts.reduce(0) { sum, part in sum + Int(part.tokens.map { weights[$0] ?? 0 }.min() ?? 0) }
    }

    private static func contains(_ run: SearchText.Scalars, _ wanted: SearchText.Scalars) -> Bool {
        guard let first = wanted.first, run.count >= wanted.count else { return false }
        for start in 0...(run.count - wanted.count) where run[start] == first {
            if run[start..<(start + wanted.count)].elementsEqual(wanted) { return true }
        }
        return false
    }
}
