import Matrix
import Testing

@Suite("Server names")
struct ServerNameTests {
    @Test(
        "the examples of the specification and the edges of the grammar",
        arguments: [
            ("matrix.org", "matrix.org", nil), ("matrix.org:8888", "matrix.org", 8888), ("1.2.3.4", "1.2.3.4", nil),
            ("1.2.3.4:1234", "1.2.3.4", 1234),
            ("[1234:5678::abcd]", "[1234:5678::abcd]", nil), ("[1234:5678::abcd]:5678", "[1234:5678::abcd]", 5678),
            ("localhost", "localhost", nil),
            ("a", "a", nil), ("A-b.C", "A-b.C", nil), ("xn--nxasmq6b.example", "xn--nxasmq6b.example", nil), ("123", "123", nil),
            ("1.2.3", "1.2.3", nil),
            ("1.2.3.4.5", "1.2.3.4.5", nil), ("255.255.255.255:1", "255.255.255.255", 1), ("[::]", "[::]", nil),
            ("[::1]", "[::1]", nil),
            ("[1::]", "[1::]", nil), ("[1:2:3:4:5:6:7:8]", "[1:2:3:4:5:6:7:8]", nil),
            ("[::ffff:1.2.3.4]", "[::ffff:1.2.3.4]", nil),
            ("[1:2:3:4:5:6:1.2.3.4]:443", "[1:2:3:4:5:6:1.2.3.4]", 443), ("[FE80::A]", "[FE80::A]", nil),
            ("[1:2:3:4:5:6:7::]", "[1:2:3:4:5:6:7::]", nil),
        ] as [(String, String, Int?)])
    func accepted(_ text: String, _ host: String, _ port: Int?) throws {
        let name = try ServerName(parsing: text)
        #expect(name.rawValue == text)
        #expect(name.host == host)
        #expect(name.port == port)
    }

    @Test(
        "what is no server name is refused",
        arguments: [
            "", ":", ":80", "a:", "a:b", "a:123456", "a:1:2", "a b", "a_b", "é.org", "a/b", "@a", "a\u{0}", "256.1.1.1",
            "1.2.3.256", "1..2.3", "1.2.3.0400",
            "1.2.3.", "[", "]", "[]", "[:]", "[1]", "[:::]", "[1::2::3]", "[1:2:3:4:5:6:7]", "[1:2:3:4:5:6:7:8:9]",
            "[1:2:3:4:5:6:7:8::]", "[12345::]",
            "[g::]", "[::1", "::1", "1::", "[::1]a", "[::1]:", "[::1]:x", "[1:]", "[:1:2:3:4:5:6:7:8]", "[::1.2.3]",
            "[::1.2.3.4:5]", "[::256.1.1.1]",
            "[::1%eth0]", "a:-1", "a:+1", "[1:2:3:4:5:6:7:1.2.3.4]",
        ])
    func refused(_ text: String) {
        #expect(throws: MatrixError.self) { try ServerName(parsing: text) }
    }

    @Test("a host has at most 255 characters, case matters, and a port beyond 65,535 is none")
    func edges() throws {
        #expect(throws: Never.self) { try ServerName(parsing: String(repeating: "a", count: 255)) }
        #expect(throws: MatrixError.self) { try ServerName(parsing: String(repeating: "a", count: 256)) }
        #expect(try ServerName(parsing: "a.b") != ServerName(parsing: "A.b"))
        #expect(try ServerName(parsing: "a:99999").port == 0)
    }
}
