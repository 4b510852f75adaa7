import TestHouse

private let vocabulary = [
    "alpha", "Beta", "gamma", "the", "of", "report", "meeting", "Straße", "café", "Zürich", "2024", "42", "x", "don't", "naïve",
    "天气", "今天", "会议", "报告", "北京", "上海", "公园", "好", "很", "我们", "日本語", "カタカナ", "ひらがな", "안녕", "회의", "привет", "Отчёт", "🎉",
]

/// A text of some words in several scripts, joined in several ways.
func randomText(_ dice: inout Dice, words count: ClosedRange<Int> = 1...8) -> String {
    var text = ""
    for _ in 0..<Int.random(in: count, using: &dice) {
        text += vocabulary.randomElement(using: &dice) ?? ""
        text += ["", " ", ", ", "。", "-", " "].randomElement(using: &dice) ?? " "
    }
    return text
}

/// One to three things to search for.
func randomTerm(_ dice: inout Dice) -> String { randomText(&dice, words: 1...3) }
