import Addresses
import Matrix
import Testing

@testable import Push

@Suite("Where pushers may lead")
struct GatewayTests {
    @Test(
        "a gateway's URL is https and has the one path",
        arguments: [
            ("https://push.example.org/_matrix/push/v1/notify", true),
            ("https://push.example.org:8443/_matrix/push/v1/notify", true),
            ("HTTPS://push.example.org/_matrix/push/v1/notify", true), ("https://[2001:4860::1]/_matrix/push/v1/notify", true),
            ("https://push.example.org/_matrix/push/v1/notify?x=y", true),
            ("http://push.example.org/_matrix/push/v1/notify", false), ("https://push.example.org/", false),
            ("https://push.example.org/_matrix/push/v1/notify/", false),
            ("https://push.example.org/a/../_matrix/push/v1/notify", false),
            ("https://push.example.org/_matrix/push/v1/notif%79", false),
            ("https://alice:secret@push.example.org/_matrix/push/v1/notify", false),
            ("https://push.example.org/_matrix/push/v1/notify#x", false), ("https:///_matrix/push/v1/notify", false),
            ("https://push.example.org:0/_matrix/push/v1/notify", false),
            ("https://push.example.org:99999/_matrix/push/v1/notify", false),
            ("https://push.example.org\r\nX: y/_matrix/push/v1/notify", false), ("file:///_matrix/push/v1/notify", false),
            ("", false),
        ])
    func urls(_ text: String, _ isOne: Bool) {
        #expect((GatewayURL(text) != nil) == isOne, "\(text)")
    }

    @Test(
        "only the internet is reached",
        arguments: [
            ("8.8.8.8", true), ("1.1.1.1", true), ("172.32.0.1", true), ("2606:4700::1111", true), ("::ffff:8.8.8.8", true),
            ("127.0.0.1", false), ("127.255.255.254", false), ("0.0.0.0", false), ("10.0.0.1", false), ("172.16.0.1", false),
            ("172.31.255.255", false), ("192.168.1.1", false), ("169.254.169.254", false), ("100.64.0.1", false),
            ("198.18.0.1", false), ("224.0.0.1", false), ("255.255.255.255", false), ("240.0.0.1", false),
            ("::1", false), ("::", false), ("fe80::1", false), ("fc00::1", false), ("fd12::1", false), ("ff02::1", false),
            ("::ffff:127.0.0.1", false), ("::ffff:10.0.0.1", false), ("64:ff9b::7f00:1", false), ("2002:7f00:1::", false),
            ("2001::1", false), ("2001:db8::1", false),
        ])
    func addresses(_ text: String, _ isPublic: Bool) throws {
        let address = try #require(NetworkAddress(text))
        #expect(AddressRules(allowed: []).permit(address) == isPublic)
    }

    @Test("the operator may allow more, and no more than that")
    func allowed() throws {
        let rules = AddressRules(allowed: try ["10.1.2.0/23", "127.0.0.1", "fd00::/8"].map { try #require(NetworkRange($0)) })
        for (text, expected) in [
            ("10.1.2.7", true), ("10.1.3.255", true), ("10.1.4.0", false), ("127.0.0.1", true), ("127.0.0.2", false),
            ("::ffff:10.1.2.7", true), ("fd12::1", true), ("fc00::1", false),
        ] {
            #expect(rules.permit(try #require(NetworkAddress(text))) == expected, "\(text)")
        }
        for text in ["", "x", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8/8", "::/129", "localhost"] {
            #expect(NetworkRange(text) == nil, "\(text)")
        }
        #expect(NetworkRange("0.0.0.0/0")?.contains(try #require(NetworkAddress("255.1.2.3"))) == true)
    }

    @Test("the pause grows to an hour and is a little different each time")
    func pauses() {
        for failures in 1...40 {
            let pause = PusherTelling.pause(after: failures)
            let most = min(1_000 << Int64(min(failures - 1, 12)), 3_600_000)
            #expect(pause <= most && pause >= most * 4 / 5)
        }
    }
}

@Suite("Pushers and what they are told")
struct PusherTests {
    private static let url = "https://push.example.org/_matrix/push/v1/notify"

    private func pusher(_ change: (inout [String: JSONValue]) -> Void = { _ in }) throws -> Pusher {
        var body: [String: JSONValue] = [
            "kind": "http", "app_id": "org.example.app", "pushkey": "key", "app_display_name": "App",
            "device_display_name": "Phone",
            "lang": "en", "data": ["url": .string(Self.url), "custom": ["a": 1]],
        ]
        change(&body)
        return try Pusher(parsing: JSON(parsing: JSONValue.object(body).canonical()))
    }

    @Test("a pusher is given back as it was set, and the gateway gets its data without the URL")
    func form() throws {
        let pusher = try pusher { $0["profile_tag"] = "abc" }
        let json = try JSON(parsing: pusher.json)
        #expect(json["profile_tag"]?.string == "abc" && json["kind"]?.string == "http")
        #expect(json["data"]?["url"]?.string == Self.url)
        #expect(String(decoding: pusher.data, as: UTF8.self) == #"{"custom":{"a":1}}"#)
        #expect(try Pusher(parsing: json) == pusher)
    }

    @Test(
        "what is no pusher is refused",
        arguments: [
            ("kind", .string("carrier pigeon"), "M_INVALID_PARAM"), ("kind", .int(5), "M_INVALID_PARAM"),
            ("app_id", nil, "M_MISSING_PARAM"), ("pushkey", nil, "M_MISSING_PARAM"), ("lang", nil, "M_MISSING_PARAM"),
            ("app_display_name", nil, "M_MISSING_PARAM"), ("device_display_name", nil, "M_MISSING_PARAM"),
            ("data", nil, "M_MISSING_PARAM"),
            ("data", .string("x"), "M_BAD_JSON"), ("lang", .int(5), "M_BAD_JSON"), ("data", .object([:]), "M_MISSING_PARAM"),
            ("data", .object(["url": "http://push.example.org/_matrix/push/v1/notify"]), "M_INVALID_PARAM"),
            ("data", .object(["url": .string(url), "format": "everything"]), "M_INVALID_PARAM"),
            ("pushkey", .string(String(repeating: "x", count: 513)), "M_INVALID_PARAM"),
            ("app_id", .string(String(repeating: "x", count: 65)), "M_INVALID_PARAM"),
            ("data", .object(["url": .string(url), "x": .string(String(repeating: "x", count: 17_000))]), "M_TOO_LARGE"),
        ] as [(String, JSONValue?, String)])
    func refused(_ key: String, _ value: JSONValue?, _ code: String) {
        #expect { try pusher { $0[key] = value } } throws: { ($0 as? MatrixError)?.code.rawValue == code }
    }

    @Test("without a policy gateways inside are refused, and so is all mail")
    func policy() throws {
        let inside = try pusher { $0["data"] = ["url": "https://127.0.0.1/_matrix/push/v1/notify"] }
        #expect { try PushPolicy().check(inside) } throws: { ($0 as? MatrixError)?.code == .invalidParam }
        try PushPolicy().check(pusher())
        let mail = try pusher {
            ($0["kind"], $0["app_id"], $0["pushkey"], $0["data"]) = ("email", "m.email", "alice@Example.org", [:])
        }
        #expect { try PushPolicy().check(mail) } throws: { ($0 as? MatrixError)?.code == .threepidDenied }
        var policy = PushPolicy()
        policy.mailDomains = ["example.org"]
        try policy.check(mail)
    }

    private let event = GatewayMessage.Event(
        eventID: "$1", roomID: "!r:example.org", actions: [.notify, .sound("default"), .tweak("highlight", nil)],
        type: "m.room.message", details: nil)

    @Test("an event is told by its ID alone, with counts, urgency and tweaks")
    func idOnly() throws {
        let body = GatewayMessage(event: event, unread: 3).body(for: try pusher(), setAt: 1_700_000_000_123)
        #expect(
            try JSON(parsing: body).canonical()
                == JSON(
                    parsing: Array(
                        #"""
                        {"notification":{"event_id":"$1","room_id":"!r:example.org","prio":"high","counts":{"unread":3},
                        "devices":[{"app_id":"org.example.app","pushkey":"key","pushkey_ts":1700000000,"data":{"custom":{"a":1}},
                        "tweaks":{"sound":"default","highlight":true}}]}}
                        """#.utf8)
                ).canonical())
    }

    @Test("with details it says who, where and what")
    func details() throws {
        var event = event
        event.actions = [.notify]
        event.details = GatewayMessage.Details(
            type: "m.room.message", sender: "@bob:example.org", senderName: "Bob", roomName: "Mission",
            roomAlias: "#m:example.org",
            content: Array(#"{"body":"hi"}"#.utf8))
        let told = try JSON(parsing: GatewayMessage(event: event, unread: 1).body(for: try pusher(), setAt: 0))["notification"]
        #expect(told?["content"]?["body"]?.string == "hi" && told?["sender_display_name"]?.string == "Bob")
        #expect(told?["room_name"]?.string == "Mission" && told?["room_alias"]?.string == "#m:example.org")
        #expect(told?["prio"]?.string == "low" && told?["user_is_target"] == nil)
    }

    @Test("a change of the count says the count and nothing else, also when it is zero")
    func badge() throws {
        let told = try JSON(parsing: GatewayMessage(event: nil, unread: 0).body(for: try pusher(), setAt: 0))["notification"]
        #expect(told?["counts"]?["unread"]?.int == 0)
        #expect(told?["event_id"] == nil && told?["room_id"] == nil && told?["devices"]?[0]?["tweaks"] == nil)
    }
}
