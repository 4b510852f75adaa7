import Testing

@testable import Matrix

@Suite("Globs and property paths of push rules")
struct PushPatternTests {
    private func whole(_ pattern: String, _ text: String) -> Bool {
        var budget = PushBudget()
        return PushPattern(pattern).matches(PushText(text), &budget)
    }

    private func word(_ pattern: String, _ text: String) -> Bool {
        var budget = PushBudget()
        return PushPattern(pattern).occurs(in: PushText(text), &budget)
    }

    @Test(
        "a pattern matches the whole value, whatever its case",
        arguments: [
            ("lunc?*", "Lunch plans", true), ("lunc?*", "LUNCH", true), ("lunc?*", " lunch", false), ("lunc?*", "lunc", false),
            ("", "", true), ("", "a", false), ("*", "", true), ("*", "anything", true), ("?", "", false), ("?", "é", true),
            ("m.room.message", "m.room.message", true), ("m.room.message", "m.room.messages", false),
            ("m.room.*", "m.room.member", true), ("*.member", "m.room.member", true), ("a*b*c", "aXbYc", true),
            ("a*b*c", "aXbY", false), ("STRASSE", "strasse", true), ("ÄÖÜ", "äöü", true), ("a**b", "ab", true),
            ("[a-z]", "b", false), ("[a-z]", "[a-z]", true), ("a.c", "abc", false), ("\\*", "\\anything", true),
        ] as [(String, String, Bool)])
    func wholeValue(_ pattern: String, _ text: String, _ matches: Bool) {
        #expect(whole(pattern, text) == matches)
    }

    @Test(
        "in a body it matches words, a word being what stands between boundaries",
        arguments: [
            ("ex*ple", "An example event.", true), ("ex*ple", "exple", true), ("ex*ple", "An exciting triple-whammy", true),
            ("cake", "cake", true), ("cake", "CAKE!", true), ("cake", "pancake", false), ("cake", "cakes", false),
            ("cake", "a cake, please", true), ("cake", "my_cake", false), ("cake", "my-cake", true), ("cake", "cake2", false),
            ("cake", "蛋cake糕", true), ("c?ke", "a coke", true), ("@room", "x @room", true), ("@room", "x@room", true),
            ("@room", "@rooms", false), ("tea time", "It's tea time now", true), ("*", "", true), ("é", "caf é", true),
            ("cake*lie", "the cake is a lie", true), ("cake*lie", "the cake is a lier", false), ("cake ", "cake x", true),
        ] as [(String, String, Bool)])
    func words(_ pattern: String, _ text: String, _ matches: Bool) {
        #expect(word(pattern, text) == matches)
    }

    @Test("no pattern takes more than its budget, and what is not known by then does not match")
    func budget() {
        var budget = PushBudget(steps: 10_000)
        let pattern = PushPattern(String(repeating: "*a", count: 100) + "b")
        #expect(!pattern.occurs(in: PushText(String(repeating: "a", count: 60_000)), &budget))
        #expect(budget.isSpent)
    }

    @Test("matching agrees with a plain definition, over random patterns and texts", arguments: 1...20 as ClosedRange<UInt64>)
    func property(_ seed: UInt64) {
        var state = seed &* 0x9E37_79B9_7F4A_7C15
        func below(_ bound: UInt64) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % bound)
        }
        for _ in 0..<300 {
            let pattern = (0..<below(6)).map { _ in ["a", "B", "*", "?", " ", "-"][below(6)] }.joined()
            let text = (0..<below(9)).map { _ in ["a", "b", "A", " ", "-", "_"][below(6)] }.joined()
            let (p, t) = (Array(pattern.lowercased()), Array(text.lowercased()))
            #expect(whole(pattern, text) == Self.matches(p[...], t[...]), "\(pattern) \(text)")
            let found = (0...t.count).contains { start in
                (start...t.count).contains { end in
                    Self.isBoundary(t, start) && Self.isBoundary(t, end) && Self.matches(p[...], t[start..<end])
                }
            }
            #expect(word(pattern, text) == found, "\(pattern) in \(text)")
        }
    }

    private static func matches(_ pattern: ArraySlice<Character>, _ text: ArraySlice<Character>) -> Bool {
        switch pattern.first {
        case nil: text.isEmpty
        case "*": matches(pattern.dropFirst(), text) || (!text.isEmpty && matches(pattern, text.dropFirst()))
        case "?": !text.isEmpty && matches(pattern.dropFirst(), text.dropFirst())
        case let letter: text.first == letter && matches(pattern.dropFirst(), text.dropFirst())
        }
    }

    private static func isBoundary(_ text: [Character], _ place: Int) -> Bool {
        func isWord(_ letter: Character) -> Bool { letter.isASCII && (letter.isLetter || letter.isNumber || letter == "_") }
        return place == 0 || place == text.count || !isWord(text[place - 1]) || !isWord(text[place])
    }

    @Test(
        "a dot parts names unless a backslash takes its meaning",
        arguments: [
            ("content.body", ["content", "body"]), (#"content.m\.relates_to"#, ["content", "m.relates_to"]),
            (#"content.m\\foo"#, ["content", #"m\foo"#]), (#"a\x.b"#, [#"a\x"#, "b"]), (#"a\"#, [#"a\"#]), ("", [""]),
            ("a..b", ["a", "", "b"]), (#"a\\.b"#, [#"a\"#, "b"]), (".", ["", ""]),
        ] as [(String, [String])])
    func paths(_ text: String, _ names: [String]) {
        #expect(PropertyPath(text).names == names)
    }
}
