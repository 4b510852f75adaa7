import Identity
import Matrix

/// The names of all people, folded, in memory: what the user directory looks through.
struct DirectoryIndex: Sendable {
    /// Somebody with the folded name and ID.
    struct Entry: Sendable {
        let number: Int64
        let name: [UInt8]
        let localpart: [UInt8]
        let user: [UInt8]

        init(_ person: DirectoryPeople.Person) {
            number = person.number
            name = person.displayName.map(Folded.bytes(of:)) ?? []
            localpart = Folded.bytes(of: person.user.localpart)
            user = Folded.bytes(of: person.user.rawValue)
        }
    }

    private var entries: [Entry] = []
    private var places: [Int64: Int] = [:]

    /// Nobody.
    init() {}

    /// How many people there are.
    var count: Int { entries.count }

    /// Puts somebody in, in place of what was there.
    mutating func set(_ person: DirectoryPeople.Person) {
        let entry = Entry(person)
        if let place = places[person.number] {
            entries[place] = entry
        } else {
            places[person.number] = entries.count
            entries.append(entry)
        }
    }

    /// Takes somebody out.
    mutating func remove(_ number: Int64) {
        guard let place = places.removeValue(forKey: number), let last = entries.popLast() else { return }
        guard place < entries.count else { return }
        entries[place] = last
        places[last.number] = place
    }

    /// Who fits, the best first: the numbers.
    func matches(_ term: DirectoryTerm) -> [Int64] {
        var found: [(rank: Int, hasName: Int, name: [UInt8], number: Int64)] = []
        for entry in entries {
            guard let rank = term.rank(of: entry) else { continue }
            found.append((rank, entry.name.isEmpty ? 1 : 0, entry.name.isEmpty ? entry.user : entry.name, entry.number))
        }
        found.sort { one, other in
            if one.rank != other.rank { return one.rank < other.rank }
            if one.hasName != other.hasName { return one.hasName < other.hasName }
            if one.name != other.name { return one.name.lexicographicallyPrecedes(other.name) }
            return one.number < other.number
        }
        return found.map(\.number)
    }
}

/// What somebody looks for among people: pieces that must all stand in the name or the ID.
struct DirectoryTerm: Sendable {
    private let whole: [UInt8]
    private let pieces: [[UInt8]]

    /// Nothing but white space looks for nobody.
    init?(_ text: String) {
        let folded = Folded.bytes(of: text)
        pieces = folded.split(separator: UInt8(ascii: " ")).map(Array.init)
        guard !pieces.isEmpty else { return nil }
        whole = Array(pieces.joined(separator: [UInt8(ascii: " ")]))
    }

    /// How well somebody fits, 0 best; nil for not at all.
    func rank(of entry: DirectoryIndex.Entry) -> Int? {
        for piece in pieces where !Self.contains(entry.name, piece) && !Self.contains(entry.user, piece) { return nil }
        if entry.name == whole || entry.localpart == whole || entry.user == whole { return 0 }
        if entry.name.starts(with: whole) || entry.localpart.starts(with: whole) { return 1 }
        if Self.contains(entry.name, [UInt8(ascii: " ")] + whole) { return 2 }
        return 3
    }

    private static func contains(_ text: [UInt8], _ piece: [UInt8]) -> Bool {
        guard let first = piece.first, text.count >= piece.count else { return false }
        return text.withUnsafeBufferPointer { text in
            for start in 0...(text.count - piece.count) where text[start] == first {
                if text[start..<(start + piece.count)].elementsEqual(piece) { return true }
            }
            return false
        }
    }
}

/// Folded texts as bytes, white space made one space.
enum Folded {
    /// The bytes of a folded text.
    static func bytes(of text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        Folding.each(of: text) { scalar in
            if scalar.properties.isWhitespace {
                if bytes.last != UInt8(ascii: " "), !bytes.isEmpty { bytes.append(UInt8(ascii: " ")) }
            } else {
                bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            }
        }
        if bytes.last == UInt8(ascii: " ") { bytes.removeLast() }
        return bytes
    }
}
