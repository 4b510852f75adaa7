import Matrix
import Testing

@Suite("Canonical JSON")
struct JSONCanonicalTests {
    static let specification: [(String, String)] = [
        ("{}", "{}"),
        ("{\n    \"one\": 1,\n    \"two\": \"Two\"\n}", #"{"one":1,"two":"Two"}"#),
        ("{\n    \"b\": \"2\",\n    \"a\": \"1\"\n}", #"{"a":"1","b":"2"}"#),
        (#"{"b":"2","a":"1"}"#, #"{"a":"1","b":"2"}"#),
        (
            """
            {
                "auth": {
                    "success": true,
                    "mxid": "@john.doe:example.com",
                    "profile": {
                        "display_name": "John Doe",
                        "three_pids": [
                            {
                                "medium": "email",
                                "address": "john.doe@example.org"
                            },
                            {
                                "medium": "msisdn",
                                "address": "123456789"
                            }
                        ]
                    }
                }
            }
            """,
            #"{"auth":{"mxid":"@john.doe:example.com","profile":{"display_name":"John Doe","three_pids":[{"address":"john.doe@example.org","medium":"email"},{"address":"123456789","medium":"msisdn"}]},"success":true}}"#
        ),
        ("{\n    \"a\": \"日本語\"\n}", #"{"a":"日本語"}"#),
        ("{\n    \"本\": 2,\n    \"日\": 1\n}", #"{"日":1,"本":2}"#),
        ("{\n    \"a\": \"\\u65E5\"\n}", #"{"a":"日"}"#),
        ("{\n    \"a\": null\n}", #"{"a":null}"#),
    ]

    static let ours: [(String, String)] = [
        // U+FF61 comes before U+10000, though its UTF-16 comes after the surrogates.
        ("{\"\u{10000}\":1,\"\u{ff61}\":2,\"z\":3,\"é\":4,\"~\":5}", "{\"z\":3,\"~\":5,\"é\":4,\"\u{ff61}\":2,\"\u{10000}\":1}"),
        (#"{"\ud800\udc00":1,"\uff61":2}"#, "{\"\u{ff61}\":2,\"\u{10000}\":1}"),
        (#"{"!room10":1,"!room2":2,"!room1":3}"#, #"{"!room1":3,"!room10":1,"!room2":2}"#),
        (#"{"b":1,"A":2,"a":3,"B":4}"#, #"{"A":2,"B":4,"a":3,"b":1}"#),
        (#"{"ab":1,"a":2,"":3,"abc":4}"#, #"{"":3,"a":2,"ab":1,"abc":4}"#),
        ("{\"abcdefghi\":1,\"abcdefgh\":2,\"abcdefgé\":3}", "{\"abcdefgh\":2,\"abcdefghi\":1,\"abcdefgé\":3}"),
        ("{\"é\":1,\"e\u{301}\":2}", "{\"e\u{301}\":2,\"é\":1}"),
        // A quotation mark sorts by itself, not by the backslash it is written with.
        (##"{"#":1,"\"":2,"!":3}"##, ##"{"!":3,"\"":2,"#":1}"##),
        (#"{"\n":1,"\t":2," ":3}"#, #"{"\t":2,"\n":1," ":3}"#),
        (#""\u0061\u00e9\ud83d\ude00""#, "\"aé😀\""),
        (#""\/ \" \\ \b \f \n \r \t""#, #""/ \" \\ \b \f \n \r \t""#),
        (#""\u0000\u0001\u0007\u000B\u000e\u000F\u0010\u001F""#, #""\u0000\u0001\u0007\u000b\u000e\u000f\u0010\u001f""#),
        (#""\u0008\u0009\u000A\u000c\u000d\u0022\u005C\u002f""#, #""\b\t\n\f\r\"\\/""#),
        ("\"\\u007f\\u0080\\u2028\"", "\"\u{7f}\u{80}\u{2028}\""),
        ("\"\u{7f}\u{2028}<>&\"", "\"\u{7f}\u{2028}<>&\""),
        ("-0", "0"), ("[-0, 0]", "[0,0]"), ("-1", "-1"), ("9007199254740991", "9007199254740991"),
        ("-9007199254740991", "-9007199254740991"),
        (" [ 1 , [ ] , { } , true ] ", "[1,[],{},true]"), ("\tnull\n", "null"), (" false", "false"),
    ]

    @Test("the examples of the specification", arguments: specification)
    func examples(_ text: String, _ expected: String) throws {
        #expect(String(decoding: try JSON(parsing: Array(text.utf8)).canonical(), as: UTF8.self) == expected)
    }

    @Test("order, escapes and numbers", arguments: ours)
    func details(_ text: String, _ expected: String) throws {
        let canonical = try JSON(parsing: Array(text.utf8)).canonical()
        #expect(canonical == Array(expected.utf8), "\(String(decoding: canonical, as: UTF8.self))")
    }

    @Test("canonical JSON is its own canonical JSON", arguments: specification + ours)
    func fixedPoint(_: String, _ expected: String) throws {
        let json = try JSON(parsing: Array(expected.utf8))
        #expect(try json.canonical() == Array(expected.utf8))
        #expect(JSONValue(json).canonical() == Array(expected.utf8))
    }

    @Test("the specification's example of numbers holds where forms are converted by value")
    func exampleOfNumbers() throws {
        let json = try JSON(parsing: Array(#"{ "a": -0, "b": 1e10 }"#.utf8))
        #expect(try json.canonical(integers: .byValue) == Array(#"{"a":0,"b":10000000000}"#.utf8))
        #expect(throws: JSONError.notAnInteger(at: 16)) { try json.canonical() }
    }

    @Test(
        "numbers that are no safe integers, or do not look like integers, are refused",
        arguments: [
            "1.0", "1e3", "0.5", "1E0", "-0.0", "0e0", "1.5", "9007199254740992", "-9007199254740992", "99999999999999999999",
            "1e400",
        ])
    func refusesNumbers(_ text: String) throws {
        let json = try JSON(parsing: Array(text.utf8))
        #expect(throws: JSONError.notAnInteger(at: 0)) { try json.canonical() }
        #expect(json.int == nil)
        #expect(throws: JSONError.self) { try JSON(parsing: Array("{\"a\":[\(text)]}".utf8)).canonical() }
    }

    @Test(
        "by value, forms of integers become integers",
        arguments: [
            ("1.0", "1"), ("1e3", "1000"), ("10e-1", "1"), ("-0.0", "0"), ("0e99", "0"), ("-1.50e1", "-15"),
            ("9007199254740991e0", "9007199254740991"),
            ("900719925474099.1e1", "9007199254740991"), ("0.00001e5", "1"), ("1000000000000000000000e-21", "1"),
            ("0.0e999999999999999999999", "0"),
            ("-9007199254740991.000", "-9007199254740991"),
        ])
    func byValue(_ text: String, _ expected: String) throws {
        #expect(try JSON(parsing: Array(text.utf8)).canonical(integers: .byValue) == Array(expected.utf8))
    }

    @Test(
        "by value, what has a fraction or is not safe is refused all the same",
        arguments: [
            "0.5", "1e-1", "9007199254740992e0", "1e16", "1e400", "1e999999999999999999999", "1e-999999999999999999999",
            "9007199254740991.5", "1.00000000000000000000001",
        ])
    func byValueRefused(_ text: String) throws {
        let json = try JSON(parsing: Array(text.utf8))
        #expect(throws: JSONError.notAnInteger(at: 0)) { try json.canonical(integers: .byValue) }
    }

    @Test("a part of a document is canonical by itself")
    func parts() throws {
        let json = try JSON(parsing: Array(#"{ "x": 1.5, "content": {"b":"\u0062","a":[1 ,2]}, "plain":{"a":1} }"#.utf8))
        #expect(try json["content"]?.canonical() == Array(#"{"a":[1,2],"b":"b"}"#.utf8))
        #expect(try json["plain"]?.canonical() == Array(#"{"a":1}"#.utf8))
        var bytes = Array("[".utf8)
        try json["content"]?.appendCanonical(to: &bytes)
        #expect(bytes == Array(#"[{"a":[1,2],"b":"b"}"#.utf8))
    }
}
