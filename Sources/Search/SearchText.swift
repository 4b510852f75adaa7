import Foundation

/// A text as search sees it: folded, and cut into words and runs.
///
/// Folding makes texts equal that a reader takes for equal: compatibility forms (NFKC, so that `ＡＢＣ` is `abc`), case, and the
/// combining accents of U+0300…U+036F. What is left is cut where no letter or digit stands. Scripts that write without
/// spaces (Chinese, Japanese, Korean, Thai and their neighbours) and emoji form *runs*; everything else forms *words*. A word
/// is found as a whole, a run wherever it stands inside a longer one.
package struct SearchText: Sendable, Equatable {
    /// The scalars of one folded word or run.
    package typealias Scalars = [UInt32]

    /// The words, in order.
    package private(set) var words: [Scalars] = []
    /// The runs, in order.
    package private(set) var runs: [Scalars] = []

    /// Cuts a text up.
    package init(_ text: String) { append(text) }

    /// Cuts several texts up; nothing reaches from one into the next.
    package init(_ texts: [String]) {
        for text in texts { append(text) }
    }

    /// Whether nothing is left to search for.
    package var isEmpty: Bool { words.isEmpty && runs.isEmpty }

    /// How long it is: words, and scalars of runs.
    package var length: Int { words.count + runs.reduce(0) { $0 + $1.count } }

    private mutating func append(_ text: String) {
        var current: Scalars = []
        var kind = ScalarKind.other
        func keep(_ scalars: Scalars, _ kind: ScalarKind, in text: inout SearchText) {
            switch kind {
            case .word: text.words.append(scalars)
            case .run: text.runs.append(scalars)
            case .mark, .other: break
            }
        }
        Folding.each(of: text) { scalar in
            var next = ScalarKind(scalar)
            // A mark belongs to what stands before it, and is nothing without.
            if next == .mark { next = kind }
            if next != kind, !current.isEmpty {
                keep(current, kind, in: &self)
                current.removeAll(keepingCapacity: true)
            }
            kind = next
            if next == .word || next == .run { current.append(scalar.value) }
        }
        if !current.isEmpty { keep(current, kind, in: &self) }
    }
}

/// What a folded scalar is to search.
enum ScalarKind {
    /// A letter or digit of a script that parts words with spaces.
    case word
    /// A letter of a script without spaces, or an emoji.
    case run
    /// A sign that joins what stands before it.
    case mark
    /// Everything between.
    case other

    init(_ scalar: Unicode.Scalar) {
        let value = scalar.value
        if value < 0x80 {
            self =
                value >= 0x61 && value <= 0x7A || value >= 0x30 && value <= 0x39 || value >= 0x41 && value <= 0x5A
                ? .word : .other
        } else if value >= 0x4E00 && value <= 0x9FFF || value >= 0xAC00 && value <= 0xD7A3 {
            self = .run
        } else {
            self.init(looking: scalar)
        }
    }

    private init(looking scalar: Unicode.Scalar) {
        let properties = scalar.properties
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .letterNumber:
            self = Self.isUnspaced(scalar.value) ? .run : .word
        case .decimalNumber, .otherNumber: self = .word
        case .nonspacingMark, .spacingMark, .enclosingMark: self = .mark
        case .otherSymbol, .modifierSymbol: self = properties.isEmojiPresentation || properties.isEmojiModifier ? .run : .other
        default: self = .other
        }
    }

    /// Thai and Lao, Myanmar, Hangul letters, Khmer, everything from the radicals to Yi, compatibility forms, and the
    /// supplementary ideographs.
    private static func isUnspaced(_ value: UInt32) -> Bool {
        switch value {
        case 0x0E00...0x0EFF, 0x1000...0x109F, 0x1100...0x11FF, 0x1780...0x17FF, 0x2E80...0xA4CF, 0xA960...0xA97F,
            0xA9E0...0xA9FF,
            0xAA60...0xAA7F, 0xAC00...0xD7FF, 0xF900...0xFAFF, 0xFF66...0xFFDC, 0x1AFF0...0x1B16F, 0x20000...0x3FFFF:
            true
        default: false
        }
    }
}

/// Folds texts, scalar by scalar.
enum Folding {
    /// Gives the folded scalars of a text in order.
    static func each(of text: String, _ body: (Unicode.Scalar) -> Void) {
        let scalars = text.unicodeScalars
        var at = scalars.startIndex
        while at < scalars.endIndex {
            var end = scalars.index(after: at)
            if !(end < scalars.endIndex && joins(scalars[end])), simple(scalars[at], body) {
                at = end
                continue
            }
            // What depends on its neighbours is folded with them, up to the next sign that joins nothing.
            while end < scalars.endIndex, !(scalars[end].isASCII && !scalars[end].properties.isAlphabetic) {
                end = scalars.index(after: end)
            }
            for scalar in thoroughly(String(scalars[at..<end])).unicodeScalars { body(scalar) }
            at = end
        }
    }

    /// Whether a scalar may become one with the letter before it: voice marks of kana, vowels and finals of Hangul.
    private static func joins(_ scalar: Unicode.Scalar) -> Bool {
        (0x3099...0x309A).contains(scalar.value) || (0x1160...0x11FF).contains(scalar.value)
    }

    /// Folds a scalar for which that needs no look at its neighbours.
    /// - Returns: whether it is one.
    private static func simple(_ scalar: Unicode.Scalar, _ body: (Unicode.Scalar) -> Void) -> Bool {
        func give(_ value: UInt32) {
            if let scalar = Unicode.Scalar(value) { body(scalar) }
        }
        switch scalar.value {
        case 0x41...0x5A: give(scalar.value + 0x20)
        case 0...0x7F, 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x3001...0x3029, 0x3041...0x3096, 0x30A1...0x30FA,
            0x30FC...0x30FE, 0xAC00...0xD7A3, 0x2010, 0x2013...0x2015, 0x2018...0x201F, 0x1F300...0x1F64F:
            body(scalar)
        case 0x3000: body(" ")
        case 0xFF21...0xFF3A: give(scalar.value - 0xFEE0 + 0x20)
        case 0xFF01...0xFF5E: give(scalar.value - 0xFEE0)
        case 0x300...0x36F, 0xFE00...0xFE0F: break
        case 0x80...0x24F, 0x370...0x52F, 0x1E00...0x1FFF:
            for value in alphabets[Int(scalar.value)] { give(value) }
        default: return false
        }
        return true
    }

    /// How the letters of Latin, Greek and Cyrillic fold. Without their accents nothing joins them to what follows.
    private static let alphabets: [[UInt32]] = (UInt32(0)..<0x2000).map { value in
        switch value {
        case 0x80...0x24F, 0x370...0x52F, 0x1E00...0x1FFF:
            Unicode.Scalar(value).map { thoroughly(String(Character($0))).unicodeScalars.map(\.value) } ?? []
        default: []
        }
    }

    private static func thoroughly(_ text: String) -> String {
        var folded = String.UnicodeScalarView()
        for scalar in text.decomposedStringWithCompatibilityMapping.unicodeScalars where !isDropped(scalar) {
            // Upper case first: it is what makes ß and ss, ς and σ the same.
            for upper in scalar.properties.uppercaseMapping.unicodeScalars {
                folded.append(contentsOf: upper.properties.lowercaseMapping.unicodeScalars.lazy.filter { !isDropped($0) })
            }
        }
        return String(folded).precomposedStringWithCompatibilityMapping
    }

    /// Accents, and what chooses between forms of the same sign.
    private static func isDropped(_ scalar: Unicode.Scalar) -> Bool {
        (0x300...0x36F).contains(scalar.value) || (0xFE00...0xFE0F).contains(scalar.value)
    }
}
