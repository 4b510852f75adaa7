import Matrix
import Rooms

/// The words that a client marks in the texts of results.
enum Highlights {
    private static let most = 50

    /// The parts of a query as they were searched for, and as they stand in the texts where that is different (`café` for
    /// `cafe`).
    static func words(of query: SearchQuery, in events: [StoredEvent]) throws -> [String] {
        var words: [String] = []
        var seen: Set<String> = []
        func add(_ word: String) {
            if words.count < most, seen.insert(word).inserted { words.append(word) }
        }
        for part in query.parts { add(String(part.scalars)) }
        let wanted = Set(query.parts.filter { !$0.isRun }.map(\.scalars))
        guard !wanted.isEmpty else { return words }
        for event in events {
            guard let field = SearchField(type: event.type) else { continue }
            for text in field.texts(of: try event.content) {
                for piece in text.split(whereSeparator: { !$0.isLetter && !$0.isNumber }) where piece.utf8.count <= 256 {
                    let folded = SearchText(String(piece))
                    if folded.runs.isEmpty, folded.words.count == 1, wanted.contains(folded.words[0]) { add(piece.lowercased()) }
                }
            }
        }
        return words
    }
}

extension String {
    fileprivate init(_ scalars: SearchText.Scalars) {
        var view = UnicodeScalarView()
        for scalar in scalars { if let scalar = Unicode.Scalar(scalar) { view.append(scalar) } }
        self.init(view)
    }
}
