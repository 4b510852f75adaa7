import Foundation
import TestHouse
import Testing

@testable import Search

@Suite("Search: what a text is made of")
struct SearchTextTests {
    private func words(_ text: String) -> [String] { SearchText(text).words.map(text(of:)) }
    private func runs(_ text: String) -> [String] { SearchText(text).runs.map(text(of:)) }
    private func text(of scalars: SearchText.Scalars) -> String {
        String(String.UnicodeScalarView(scalars.compactMap(Unicode.Scalar.init)))
    }

    @Test("words are parted by whatever is no letter or digit")
    func partsWords() {
        #expect(words("Hello, world: don't-panic (42)!") == ["hello", "world", "don", "t", "panic", "42"])
        #expect(words("  \n\t…—„“ ").isEmpty)
        #expect(words("") == [])
    }

    @Test("what readers take for equal is equal: case, width, accents, ligatures")
    func folds() {
        for (one, other) in [
            ("Straße", "STRASSE"), ("ＡＢＣ１２", "abc12"), ("Café", "cafe"), ("Cafe\u{301}", "café"), ("ﬁnal", "FINAL"),
            ("ΟΔΥΣΣΕΥΣ", "οδυσσευς"), ("Ёлка", "елка"), ("Łódź", "łodz"), ("İstanbul", "istanbul"), ("①", "1"), ("ｶﾞｷﾞ", "ガギ"),
            ("か\u{3099}", "が"), ("\u{1112}\u{1161}\u{11AB}", "한"),
        ] { #expect(SearchText(one) == SearchText(other), "\(one) and \(other)") }
        #expect(SearchText("か") != SearchText("が"))
    }

    @Test("scripts without spaces make runs, and mixed text is cut where the script changes")
    func runsOfScripts() {
        #expect(runs("今天的天气很好，我们去公园。") == ["今天的天气很好", "我们去公园"])
        #expect(runs("我的iPhone手机2024年") == ["我的", "手机", "年"])
        #expect(words("我的iPhone手机2024年") == ["iphone", "2024"])
        #expect(runs("ひらがなカタカナー漢字") == ["ひらがなカタカナー漢字"])
        #expect(runs("안녕하세요 세계") == ["안녕하세요", "세계"])
        #expect(runs("สวัสดีชาวโลก") == ["สวัสดีชาวโลก".decomposed])
        #expect(runs("party 🎉🎂 now") == ["🎉🎂"])
    }

    @Test("the short way of folding agrees with the thorough one, for every scalar that it takes")
    func shortWay() {
        // An accent in front sends the rest through the thorough way and vanishes itself.
        for value in UInt32(0)...0x1FFFF {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let text = String(Character(scalar))
            #expect(
                SearchText(text + " x") == SearchText("\u{FB01} " + text + " x").dropping("fi"), "U+\(String(value, radix: 16))")
        }
    }

    @Test("folding twice changes nothing")
    func idempotent() {
        var dice = Dice(7)
        for _ in 0..<2_000 {
            let once = SearchText(randomText(&dice))
            let again = SearchText((once.words + once.runs).map(text(of:)))
            #expect(again.words == once.words)
            #expect(again.runs == once.runs)
        }
    }

    @Test("a query is found where all its words stand whole and its runs stand anywhere")
    func matches() {
        func finds(_ term: String, _ text: String) -> Bool { SearchQuery(SearchText(term)).matches(SearchText(text)) }
        #expect(finds("men martians", "Martians and men"))
        #expect(!finds("mart", "Martians and men"))
        #expect(finds("天气", "今天的天气很好"))
        #expect(finds("天气 公园", "今天的天气很好，我们去公园"))
        #expect(!finds("天气公园", "今天的天气很好，我们去公园"))
        #expect(!finds("天的气", "今天的天气的天"))
        #expect(finds("iphone手机", "我的iPhone手机"))
        #expect(!finds("martians women", "Martians and men"))
    }
}

extension String {
    /// As search keeps Thai: some vowels are two signs in compatibility form.
    fileprivate var decomposed: String { decomposedStringWithCompatibilityMapping.precomposedStringWithCompatibilityMapping }
}

extension SearchText {
    /// Without one leading word.
    fileprivate func dropping(_ word: String) -> SearchTextParts {
        let leads = words.first == word.unicodeScalars.map(\.value)
        return SearchTextParts(words: Array(words.dropFirst(leads ? 1 : 0)), runs: runs)
    }

    fileprivate static func == (one: SearchText, other: SearchTextParts) -> Bool {
        one.words == other.words && one.runs == other.runs
    }
}

private struct SearchTextParts {
    let words: [SearchText.Scalars]
    let runs: [SearchText.Scalars]
}
