import Matrix
import Testing

@Suite("Building JSON")
struct JSONBuildingTests {
    @Test("the writer places commas where they belong")
    func commas() {
        var writer = JSONWriter()
        writer.object { writer in
            writer.memberObject("empty") { _ in }
            writer.memberArray("none") { _ in }
            writer.member("text", "a\"b\n")
            writer.member("number", -12)
            writer.member("wide", Int64.max)
            writer.member("flag", true)
            writer.member("value", JSONValue.object(["b": 1, "a": nil]))
            writer.memberRaw("raw", Array(#"{"x":1}"#.utf8))
            writer.memberArray("list") { writer in
                writer.string("s")
                writer.int(0)
                writer.bool(false)
                writer.null()
                writer.raw("1".utf8)
                writer.value([1, "two"])
                writer.object { $0.member("k", "v") }
                writer.array { $0.array { _ in } }
            }
            writer.key("last")
            writer.null()
        }
        #expect(
            String(decoding: writer.bytes, as: UTF8.self)
                == #"{"empty":{},"none":[],"text":"a\"b\n","number":-12,"wide":9223372036854775807,"flag":true,"value":{"a":null,"b":1},"raw":{"x":1},"list":["s",0,false,null,1,[1,"two"],{"k":"v"},[[]]],"last":null}"#
        )
    }

    @Test("an error in a body comes out")
    func errors() {
        struct Stop: Error {}
        var writer = JSONWriter()
        #expect(throws: Stop.self) { try writer.object { _ in throw Stop() } }
    }

    @Test(
        "whatever text is written comes back",
        arguments: ["", "plain", "\"", "\\", "\u{0}\u{1f}\u{7f}", "12345678\n", "1234567\"", "é😀\u{2028}", "e\u{301}"])
    func text(_ text: String) throws {
        var writer = JSONWriter()
        writer.object { $0.member(text, text) }
        let json = try JSON(parsing: writer.bytes)
        #expect((json[text]?.string).map { Array($0.utf8) } == Array(text.utf8))
        #expect(try json.canonical() == writer.bytes)
    }

    @Test("integers to the ends of their range")
    func integers() {
        for value: Int64 in [0, 7, 10, -1, -10, 1_234_567_890, .max, .min] {
            #expect(JSONValue.int(value).canonical() == Array("\(value)".utf8))
        }
    }

    @Test("a built value is canonical and comes back as it was")
    func values() throws {
        let value: JSONValue = ["b": [1, true, nil, "x"], "a": ["\u{10000}": 1, "\u{ff61}": 2], "": -5]
        #expect(value.canonical() == Array("{\"\":-5,\"a\":{\"\u{ff61}\":2,\"\u{10000}\":1},\"b\":[1,true,null,\"x\"]}".utf8))
        #expect(JSONValue(try JSON(parsing: value.canonical())) == value)
    }

    @Test("what a built value cannot hold stays as bytes")
    func bytes() throws {
        #expect(JSONValue(try JSON(parsing: Array("[1.50,1e3]".utf8))).canonical() == Array("[1.50,1e3]".utf8))
        let object = Array("{\"é\":1,\"e\u{301}\":2}".utf8)
        #expect(JSONValue(try JSON(parsing: object)).canonical() == object)
    }
}
