import Testing

@testable import HTTPSurface

@Suite("Query of a request")
struct QueryFormTests {
    @Test(
        "a name has the values that it was given, in their order",
        arguments: [
            ("a=1&b=2&a=3", ["1", "3"]), ("b=1", []), ("", []), ("a", [""]), ("a=", [""]), ("a=1=2", ["1=2"]), ("&&a=1&", ["1"]),
            ("aa=1&A=2", []), ("=a", []),
        ] as [(String, [String])])
    func values(query: String, expected: [String]) {
        #expect(QueryForm(query).values(of: "a") == expected)
    }

    @Test("percent signs and plus signs are read as a form has them, in names as in values")
    func encoded() {
        #expect(QueryForm("a=x+y%2Bz").values(of: "a") == ["x y+z"])
        #expect(QueryForm("%61ccess%5Ftoken=t").values(of: "access_token") == ["t"])
        #expect(QueryForm("a+b=1").values(of: "a b") == ["1"])
        #expect(QueryForm("a=%E2%82%AC").values(of: "a") == ["€"])
    }

    @Test("a pair that is not well encoded is as if it were not there", arguments: ["a=%", "a=%4", "a=%zz", "a=%ff", "%zz=1"])
    func broken(query: String) {
        #expect(QueryForm(query).values(of: "a").isEmpty)
        #expect(QueryForm(query + "&a=1").values(of: "a") == ["1"])
    }
}
