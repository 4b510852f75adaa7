import Matrix
import Testing

@Suite("Identifiers")
struct IdentifierTests {
    let server: ServerName

    init() throws { server = try ServerName(parsing: "example.org:8448") }

    @Test("a user ID has a localpart and a server, historical ones too")
    func users() throws {
        for (text, localpart, name) in [
            ("@alice:example.org", "alice", "example.org"), ("@alice:example.org:8448", "alice", "example.org:8448"),
            ("@:example.org", "", "example.org"),
            ("@Alice Éa/=_-+.!:[::1]:80", "Alice Éa/=_-+.!", "[::1]:80"), ("@\u{1}\n😀:a", "\u{1}\n😀", "a"), ("@@:a", "@", "a"),
        ] {
            let user = try UserID(parsing: text)
            #expect(user.rawValue == text)
            #expect("\(user)" == text)
            #expect(user.localpart == localpart)
            #expect(user.serverName.rawValue == name)
        }
        #expect(try UserID(parsing: "@alice:example.org".dropFirst(0)).isStrict)
        #expect(try !UserID(parsing: "@Alice:example.org").isStrict)
        #expect(try !UserID(parsing: "@:example.org").isStrict)
    }

    @Test(
        "what is no user ID is refused with M_INVALID_PARAM",
        arguments: [
            "", "@", "@alice", "alice:example.org", "!alice:example.org", "@alice:", "@alice:exa mple", "@al\u{0}ice:a",
            "@alice:a:b", "@:", " @alice:a", "@alice:a ",
        ])
    func notUsers(_ text: String) {
        #expect { try UserID(parsing: text) } throws: { ($0 as? MatrixError)?.code == .invalidParam }
    }

    @Test("identifiers have at most 255 bytes")
    func lengths() throws {
        let localpart = String(repeating: "a", count: 255 - 2 - server.rawValue.utf8.count)
        #expect(try UserID(localpart: localpart, serverName: server).rawValue.utf8.count == 255)
        #expect(throws: MatrixError.self) { try UserID(localpart: localpart + "a", serverName: server) }
        #expect(throws: Never.self) { try UserID(parsing: "@\(localpart):\(server)") }
        #expect(throws: MatrixError.self) { try UserID(parsing: "@\(localpart)a:\(server)") }
        #expect(throws: MatrixError.self) { try RoomAlias(parsing: "#\(localpart)a:\(server)") }
        #expect(throws: MatrixError.self) { try RoomID(parsing: "!\(localpart)a:\(server)") }
        #expect(throws: MatrixError.self) { try RoomID(localpart: localpart + "a", serverName: server) }
        #expect(throws: MatrixError.self) { try UserID(parsing: "@\(String(repeating: "é", count: 120)):\(server)") }
    }

    @Test("new users have the strict grammar")
    func strict() throws {
        #expect(try UserID(localpart: "az09._=-/+", serverName: server).rawValue == "@az09._=-/+:example.org:8448")
        for localpart in ["", "Alice", "al ice", "álice", "alice:a", "alice@", "al\u{0}", "a!", "~a", "a\n"] {
            #expect { try UserID(localpart: localpart, serverName: server) } throws: {
                ($0 as? MatrixError)?.code == .invalidUsername
            }
        }
    }

    @Test("identifiers are the same only if their bytes are")
    func equality() throws {
        let (one, other) = (try UserID(parsing: "@\u{e9}:a"), try UserID(parsing: "@e\u{301}:a"))
        #expect(one != other)
        #expect(Set([one, other]).count == 2)
        #expect(one.rawValue == other.rawValue, "Swift's own comparison would mix them up")
        #expect(try one == UserID(parsing: "@\u{e9}:a"))
        #expect(try UserID(parsing: "@\u{ff61}:a") < UserID(parsing: "@\u{10000}:a"))
        #expect(
            try [UserID(parsing: "@b:a"), UserID(parsing: "@a:b"), UserID(parsing: "@a:a")].sorted().map(\.rawValue) == [
                "@a:a", "@a:b", "@b:a",
            ])
    }

    static let hash = "Woq2vwLy8mNukf7e8oz61GxT5gpMmr_asmojCb-Lnss"

    @Test("a room ID has a domain or is a hash")
    func rooms() throws {
        #expect(try RoomID(parsing: "!\(Self.hash)").createEvent?.rawValue == "$\(Self.hash)")
        #expect(try RoomID(createEvent: EventID(parsing: "$\(Self.hash)")) == RoomID(parsing: "!\(Self.hash)"))
        #expect(try RoomID(parsing: "!abc:example.org").createEvent == nil)
        #expect(try RoomID(parsing: "!\(Self.hash):example.org").createEvent == nil)
        #expect(try RoomID(localpart: "aZ09", serverName: server).rawValue == "!aZ09:example.org:8448")
        for localpart in ["", "a-b", "a:b", "é"] {
            #expect(throws: MatrixError.self) { try RoomID(localpart: localpart, serverName: server) }
        }
        for text in [
            "", "!", "!abc", "#abc:a", "!abc:", "!a\u{0}:a", "!\(Self.hash)a", "!\(Self.hash.dropLast())",
            "!\(Self.hash.dropLast())+",
        ] {
            #expect(throws: MatrixError.self) { try RoomID(parsing: text) }
        }
    }

    @Test("an event ID is a hash in URL-safe base64")
    func events() throws {
        let event = try EventID(parsing: "$\(Self.hash)")
        let bytes = try #require(Base64.decode(event.rawValue.dropFirst(), urlSafe: true))
        #expect(try EventID(referenceHash: bytes) == event)
        #expect(throws: MatrixError.self) { try EventID(referenceHash: bytes.dropLast()) }
        for text in [
            "", "$", "$abc:example.org", "!\(Self.hash)", "$\(Self.hash)=", "$\(Self.hash.dropLast())/",
            "$\(Self.hash.dropLast())é",
        ] {
            #expect(throws: MatrixError.self) { try EventID(parsing: text) }
        }
    }

    @Test("a room alias has a localpart and a server")
    func aliases() throws {
        let alias = try RoomAlias(localpart: "Küche #1", serverName: server)
        #expect(alias.rawValue == "#Küche #1:example.org:8448")
        #expect(alias.localpart == "Küche #1")
        #expect(alias.serverName == server)
        #expect(try RoomAlias(parsing: alias.rawValue) == alias)
        for text in ["", "#", "#:example.org", "#a", "@a:b", "#a:", "#a\u{0}:b"] {
            #expect(throws: MatrixError.self) { try RoomAlias(parsing: text) }
        }
        for localpart in ["", "a:b", "a\u{0}"] {
            #expect(throws: MatrixError.self) { try RoomAlias(localpart: localpart, serverName: server) }
        }
    }
}
