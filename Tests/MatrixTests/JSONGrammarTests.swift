import Matrix
import Testing

/// Documents as text and, where text cannot hold them, as bytes. A table, hence long lines.
@Suite("RFC 8259")
struct JSONGrammarTests {
    static let accepted = [
        "null", "true", "false", "0", "-0", "1", "-1", "10", "123456789012345678901234567890", "0.5", "-0.5", "1.0", "1e3", "1E3",
        "1e+3",
        "1e-3", "0e0", "0e+1", "0.0e-0", "1.5E10", "-1.25e-7", "1e400",
        #""""#, #""a""#, #"" ""#, #""\"""#, #""\\""#, #""\/""#, #""/""#, #""\b\f\n\r\t""#, #""\u0000""#, #""\u001f""#,
        #""\u00e9""#,
        #""\u00E9""#, #""\uD83D\uDE00""#, #""\ud83d\ude00""#, #""\uDBFF\uDFFF""#, #""\uFFFF""#, #""\uFFFE""#, #""\uFDD0""#,
        #""\u2028\u2029""#, "\"\u{2028}\u{2029}\"", "\"\u{7f}\"", "\"\u{80}\"", "\"\u{10ffff}\"", "\"\u{feff}\"", "\"日本語\"",
        "\"😀\"",
        #""\\u0041""#, #""\\\"""#, #""12345678""#, #""1234567\"""#, #""12345678\"9""#,
        "[]", "[ ]", "[1]", "[1,2]", "[ 1 , 2 ]", "[[]]", "[[],[]]", "[null,true,false]", "[{}]", "[\n]", "[\r\n\t 1]", #"["a"]"#,
        "{}", "{ }", #"{"a":1}"#, #"{"a":{}}"#, #"{"":0}"#, #"{"a":1,"b":2}"#, #"{ "a" : 1 , "b" : 2 }"#, #"{"a":[]}"#,
        #"{"a":1,"A":1}"#,
        #"{"a\u0000b":1}"#, #"{"a\u0000b":1,"ab":1}"#, "{\"é\":1,\"e\u{301}\":2}", "\n1\n", " \t\r\n1 \t\r\n", "\t[]\t", " {} ",
    ]

    static let refused = [
        "", " ", "\n", "nul", "nulll", "Null", "NULL", "tru", "truee", "True", "fals", "FALSE", "undefined", "NaN", "nan",
        "Infinity",
        "-Infinity", "-", "+1", "+", "--1", "-a", "00", "01", "-01", "-00", "1.", ".5", "-.5", "1.e3", "1..2", "1.2.3", "1e",
        "1e+", "1e-",
        "1ee3", "1e3.5", "1e3e4", "1E", "0x10", "0b1", "0o7", "1_000", "1,000", "1 000", "1a", "1-", "1+", "1+1", "0e", "0.e1",
        "0.", "１",
        "- 1", "1 e3", "1. 0", "∞",
        "\"", "\"a", "a\"", "'a'", "`a`", #""\"#, #""\""#, #""\a""#, #""\v""#, #""\0""#, #""\x41""#, #""\'""#, #""\ ""#,
        "\"\\\n\"", "\"\\é\"",
        #""\u""#, #""\u0""#, #""\u00""#, #""\u004""#, #""\u004g""#, #""\U0041""#, #""\u+041""#, #""\u 041""#, #""\u{41}""#,
        #""\u00４1""#,
        #""\uD800""#, #""\uD800a""#, #""\uDC00""#, #""\uDFFF""#, #""\uD800\n""#, #""\uD800\uD800""#, #""\uD800\u0041""#,
        #""\uDC00\uD800""#,
        #""\uD83D\uDE0""#, #""\uD83D\u""#, #""\uD83D\"#, #""\uD83D\xDE00""#, #""\uD83D uDE00""#, #""\ud800\"#,
        "\"\n\"", "\"\t\"", "\"\u{0}\"", "\"\u{1f}\"", "\"1234567\n\"", "\"123456789\u{1}\"", "\"a\" \"b\"", "\"a\"b", "\"a\",",
        "[", "]", "[1", "[1,", "[1,]", "[,]", "[,1]", "[1,,2]", "[1 2]", "[1;2]", "[1:2]", "[1}", "[[]", "[]]", "[]]]", "[\"a\"",
        "[\"a]",
        "[1]1", "[1],", "[][]", "[](", "[ , ]", "[*]", "[a]", "[1,\n", "[...]", "[undefined]", "[-]", "[\"\u{0}\"]", "[\u{0}]",
        "{", "}", "{]", "{}}", "{}{}", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{,}", "{,\"a\":1}",
        "{\"a\":1,,\"b\":2}",
        "{\"a\" 1}", "{\"a\",1}", "{\"a\"::1}", "{\"a\"}", "{:1}", "{a:1}", "{'a':1}", "{1:1}", "{null:1}", "{[]:1}", "{{}:1}",
        "{\"a\":1 \"b\":2}",
        "{\"a\":1;\"b\":2}", "{\"a\":1}]", "{\"a\":}", "{\"a\":,}", "{\"a\"=1}", "{\"a\":1}#", "{\"a\":1}//", "{\"a\":/**/1}",
        "/**/1", "//\n1",
        "#1", "1 //", "{\"a\":'b'}", "{\"a\":\"b\"\"c\"}", "{\"a\":1\u{0}}", "\u{feff}1", "\u{feff}{}", "1\u{feff}", "\u{a0}1",
        "1\u{a0}",
        "\u{2060}[]", "\u{b}1", "\u{c}1", "1\u{0}", "\u{0}1", "\u{0}", "1\u{1a}", "[\u{a0}]", "[1\u{c}]", "<a/>", "é", "\\u0031",
        "\\n1",
    ]

    static let refusedBytes: [(String, [UInt8])] = [
        ("a byte that begins nothing", [0x80]), ("a byte that is never UTF-8", [0xff]), ("half a character", [0xc3]),
        ("overlong in two", [0xc0, 0x80]), ("overlong in two, high", [0xc1, 0xbf]), ("overlong in three", [0xe0, 0x80, 0x80]),
        ("overlong in three, high", [0xe0, 0x9f, 0xbf]), ("overlong in four", [0xf0, 0x80, 0x80, 0x80]),
        ("overlong quotation mark", [0xc0, 0xa2]), ("a surrogate", [0xed, 0xa0, 0x80]),
        ("a pair of surrogates", [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]),
        ("beyond U+10FFFF", [0xf4, 0x90, 0x80, 0x80]), ("five bytes", [0xf8, 0x88, 0x80, 0x80, 0x80]),
        ("too short in three", [0xe2, 0x82]),
        ("too short in four", [0xf0, 0x9f, 0x98]), ("a letter within a character", [0xe2, 0x41, 0xac]),
        ("one continuation too many", [0xc3, 0xa9, 0xa9]),
        ("Latin-1", [0x61, 0xe9, 0x62]),
    ]

    @Test("accepts what the grammar allows", arguments: accepted)
    func accepts(_ text: String) throws {
        _ = try JSON(parsing: Array(text.utf8))
    }

    @Test("refuses what the grammar does not allow", arguments: refused)
    func refuses(_ text: String) {
        #expect(throws: JSONError.self) { try JSON(parsing: Array(text.utf8)) }
    }

    @Test("refuses strings and names that are not UTF-8, wherever in the words of eight bytes they lie", arguments: refusedBytes)
    func refusesNotUTF8(_: String, _ bytes: [UInt8]) {
        for lead in 0..<17 {
            for trail in [0, 1, 9] {
                let text =
                    Array(repeating: UInt8(ascii: "x"), count: lead) + bytes + Array(repeating: UInt8(ascii: "y"), count: trail)
                let quoted = [UInt8(ascii: "\"")] + text + [UInt8(ascii: "\"")]
                #expect(throws: JSONError.self) { try JSON(parsing: quoted) }
                #expect(throws: JSONError.self) { try JSON(parsing: Array("{".utf8) + quoted + Array(":1}".utf8)) }
                #expect(throws: JSONError.self) { try JSON(parsing: text) }
            }
        }
    }

    @Test("refuses UTF-16 and UTF-32")
    func refusesOtherEncodings() {
        let text = "{\"a\":1}"
        let utf16 = text.utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
        #expect(throws: JSONError.self) { try JSON(parsing: utf16) }
        #expect(throws: JSONError.self) { try JSON(parsing: [0xff, 0xfe] + utf16) }
        #expect(throws: JSONError.self) { try JSON(parsing: text.unicodeScalars.flatMap { [UInt8($0.value), 0, 0, 0] }) }
    }

    @Test("refuses every control character within a string, at every place of a word")
    func refusesControls() {
        for control in UInt8(0)..<0x20 {
            for lead in 0..<17 {
                let text =
                    [UInt8(ascii: "\"")] + Array(repeating: UInt8(ascii: "a"), count: lead) + [control]
                    + Array("bcdefghij\"".utf8)
                #expect(throws: JSONError.malformed(at: lead + 1)) { try JSON(parsing: text) }
            }
        }
    }

    @Test(
        "refuses members of the same name, however they are written",
        arguments: [
            #"{"a":1,"a":1}"#, #"{"a":1,"b":2,"a":3}"#, #"{"b":1,"a":2,"a":3}"#, #"{"a":1,"\u0061":2}"#,
            #"{"\u0061":1,"\u0061":2}"#,
            #"{"":1,"":2}"#, #"{"é":1,"\u00e9":2}"#, #"{"😀":1,"\ud83d\ude00":2}"#, #"{"\n":1,"\u000a":2}"#, #"{"/":1,"\/":2}"#,
            #"[{"a":{"c":1,"b":2,"c":3}}]"#,
        ])
    func refusesDuplicates(_ text: String) {
        #expect { try JSON(parsing: Array(text.utf8)) } throws: { error in
            if case JSONError.duplicateKey = error { true } else { false }
        }
    }

    @Test("finds one name twice among many, in any order", arguments: [3, 24, 25, 26, 1000])
    func refusesDuplicatesAmongMany(count: Int) throws {
        for order in [1, 7919, 7907] {
            let names = (0..<count).map { "key\(($0 * order) % 1009)" }
            func document(_ names: [String]) -> [UInt8] { Array("{\(names.map { "\"\($0)\":1" }.joined(separator: ","))}".utf8) }
            #expect(try JSON(parsing: document(names)).count == count)
            for place in [0, count / 2, count - 1] {
                #expect(throws: JSONError.self) { try JSON(parsing: document(names + [names[place]])) }
                #expect(throws: JSONError.self) { try JSON(parsing: document([names[place]] + names)) }
            }
        }
    }

    @Test("keeps to the limits of length and depth")
    func limits() throws {
        let limits = JSON.Limits(maxBytes: 20, maxDepth: 3)
        #expect(try JSON(parsing: Array("[[{\"a\":\"0123456\"}]]".utf8), limits: limits).count == 1)
        #expect(throws: JSONError.tooLarge) { try JSON(parsing: Array("[[{\"a\":\"012345678\"}]]".utf8), limits: limits) }
        #expect(throws: JSONError.tooDeep(at: 3)) { try JSON(parsing: Array("[[[[]]]]".utf8), limits: limits) }
        #expect(throws: JSONError.tooDeep(at: 7)) { try JSON(parsing: Array("[[{\"a\":[]}]]".utf8), limits: limits) }
        #expect(try JSON(parsing: Array("[[[]],[[]],{}]".utf8), limits: limits).count == 3)
    }

    @Test("a hundred thousand brackets do not reach the end of the stack", arguments: ["[", "{\"a\":", "[{\"a\":"])
    func depth(_ opening: String) {
        let text = Array(String(repeating: opening, count: 100_000).utf8)
        #expect { try JSON(parsing: text, limits: JSON.Limits(maxBytes: 1 << 20, maxDepth: .max)) } throws: { error in
            if case JSONError.tooDeep = error { true } else { false }
        }
    }

    @Test("says where the document is wrong")
    func offsets() {
        #expect(throws: JSONError.malformed(at: 5)) { try JSON(parsing: Array("{\"a\":}".utf8)) }
        #expect(throws: JSONError.malformed(at: 2)) { try JSON(parsing: Array("1 1".utf8)) }
        #expect(throws: JSONError.duplicateKey(at: 7)) { try JSON(parsing: Array("{\"a\":1,\"a\":2}".utf8)) }
    }
}
