import Matrix
import Testing

@Suite("Reading JSON")
struct JSONAccessTests {
    private func parse(_ text: String) throws -> JSON { try JSON(parsing: Array(text.utf8)) }

    @Test("members and elements are found, others are nil")
    func find() throws {
        let json = try parse(#" {"a":{"deep":[10,[20,{"x":"y"}],30]},"\u0062":"two","":0,"longer than eight":null} "#)
        #expect(json.kind == .object)
        #expect(json.count == 4)
        #expect(json["a"]?["deep"]?[0]?.int == 10)
        #expect(json["a"]?["deep"]?[1]?[1]?["x"]?.string == "y")
        #expect(json["a"]?["deep"]?[2]?.int == 30)
        #expect(json["a"]?["deep"]?[3] == nil)
        #expect(json["a"]?["deep"]?[-1] == nil)
        #expect(json["b"]?.string == "two")
        #expect(json[""]?.int == 0)
        #expect(json["longer than eight"]?.isNull == true)
        #expect(json["longer than nine!"] == nil)
        #expect(json["deep"] == nil)
        #expect(json["x"] == nil)
        #expect(json[0] == nil)
        #expect(json["a"]?["deep"]?["0"] == nil)
        #expect(json["b"]?["two"] == nil)
    }

    @Test("names are compared by bytes, not by what Unicode holds to be equal")
    func bytes() throws {
        let json = try parse("{\"é\":1,\"e\u{301}\":2}")
        #expect(json["\u{e9}"]?.int == 1)
        #expect(json["e\u{301}"]?.int == 2)
    }

    @Test("a value answers only to its own kind")
    func kinds() throws {
        let json = try parse(#"[null,true,false,7,"s",[1],{"k":1},1.5]"#)
        #expect(json.elements.map(\.kind) == [.null, .bool, .bool, .number, .string, .array, .object, .number])
        #expect(json.elements.map(\.isNull) == [true, false, false, false, false, false, false, false])
        #expect(json.elements.map(\.bool) == [nil, true, false, nil, nil, nil, nil, nil])
        #expect(json.elements.map(\.int) == [nil, nil, nil, 7, nil, nil, nil, nil])
        #expect(json.elements.map(\.double) == [nil, nil, nil, 7, nil, nil, nil, 1.5])
        #expect(json.elements.map(\.string) == [nil, nil, nil, nil, "s", nil, nil, nil])
        #expect(json.elements.map(\.count) == [0, 0, 0, 0, 0, 1, 1, 0])
        #expect(json.elements.map { Array($0.elements).count } == [0, 0, 0, 0, 0, 1, 0, 0])
        #expect(json.elements.map { Array($0.members).count } == [0, 0, 0, 0, 0, 0, 1, 0])
    }

    @Test(
        "escapes are decoded",
        arguments: [
            (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"), (#""\u0041\u00e9\u20AC\ud83d\ude00""#, "Aé€😀"),
            (#""x\u0000y""#, "x\u{0}y"),
            (#""\uFFFF\uE000""#, "\u{ffff}\u{e000}"), (#""\uDBFF\uDFFF""#, "\u{10ffff}"), (#""\\u0041""#, "\\u0041"),
            (#""日\n本""#, "日\n本"),
            (#""abcdefgh\nabcdefgh""#, "abcdefgh\nabcdefgh"),
        ])
    func strings(_ text: String, _ expected: String) throws {
        let found = try #require(try parse(text).string)
        #expect(Array(found.utf8) == Array(expected.utf8))
        #expect(try parse("{\(text):1}").members.map(\.key) == [expected])
        #expect(try parse("{\(text):1}")[expected]?.int == 1)
    }

    @Test("integers are those that a double holds safely")
    func integers() throws {
        for value: Int64 in [0, 1, -1, 9, 10, 99, 1_732_440_000_123, 9_007_199_254_740_991, -9_007_199_254_740_991] {
            #expect(try parse("\(value)").int == value)
        }
        #expect(try parse("-0").int == 0)
        for text in ["9007199254740992", "-9007199254740992", "9223372036854775807", "18446744073709551617", "1.0", "1e3"] {
            #expect(try parse(text).int == nil)
        }
        #expect(try parse("1e3").double == 1000)
        #expect(try parse("1e400").double == nil)
        #expect(try parse("-2.5e-3").double == -0.0025)
    }

    @Test("raw bytes are those received, without the space around")
    func raw() throws {
        let json = try parse(#"  { "a" : [ 1, 2 ] , "b":1.50 }  "#)
        #expect(Array(json.raw) == Array(#"{ "a" : [ 1, 2 ] , "b":1.50 }"#.utf8))
        #expect((json["a"]?.raw).map(Array.init) == Array("[ 1, 2 ]".utf8))
        #expect((json["b"]?.raw).map(Array.init) == Array("1.50".utf8))
    }

    @Test("a part outlives the document it was taken from")
    func lifetime() throws {
        func part() throws -> JSON? { try parse(#"{"a":{"b":"still here"}}"#)["a"] }
        #expect(try part()?["b"]?.string == "still here")
    }

    @Test("errors become the errcodes of the specification")
    func errors() {
        #expect(JSONError.malformed(at: 3).matrixError.code == .notJSON)
        #expect(JSONError.tooLarge.matrixError.status == 413)
        for error in [JSONError.duplicateKey(at: 1), .tooDeep(at: 1), .notAnInteger(at: 1)] {
            #expect(error.matrixError.code == .badJSON)
            #expect(error.matrixError.status == 400)
        }
    }
}
