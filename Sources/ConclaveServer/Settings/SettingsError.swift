/// Everything that is wrong with the settings, in sentences for the person who set them.
package struct SettingsError: Error, Equatable, CustomStringConvertible {
    /// One sentence for each thing.
    package let complaints: [String]

    /// The sentences, one a line.
    package var description: String { complaints.joined(separator: "\n") }
}

/// Guesses what was meant by a name that does not exist.
enum Suggestion {
    /// The nearest of the candidates, when it is near enough to be worth a guess.
    static func nearest(to name: String, among candidates: [String]) -> String? {
        let ranked = candidates.map { (name: $0, distance: distance(name, $0)) }.min { $0.distance < $1.distance }
        guard let ranked, ranked.distance <= max(2, name.count / 3) else { return nil }
        return ranked.name
    }

    /// How many letters must be added, taken away, exchanged or swapped with a neighbour (optimal string alignment).
    private static func distance(_ left: String, _ right: String) -> Int {
        let (a, b) = (Array(left.utf8), Array(right.utf8))
        guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
        var older: [Int] = []
        var previous = Array(0...b.count)
        for i in 1...a.count {
            var current = [i]
            for j in 1...b.count {
                var best = min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { best = min(best, older[j - 2] + 1) }
                current.append(best)
            }
            (older, previous) = (previous, current)
        }
        return previous[b.count]
    }
}
