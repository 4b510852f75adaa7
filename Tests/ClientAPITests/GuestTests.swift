import HTTPTypes
import Identity
import Matrix
import Testing

@Suite("Guest access")
struct GuestTests {
    private let open: JSONValue = [
        "preset": "public_chat",
        "initial_state": [["type": "m.room.guest_access", "state_key": "", "content": ["guest_access": "can_join"]]],
    ]

    @Test("a guest joins where guests are admitted, reads, writes and leaves")
    func life() async throws {
        try await TestServer.run(policy: { $0.allowsGuests = true }) { server in
            let alice = try await server.person("alice")
            let guest = try await server.guest()
            let room = try await server.room(by: alice, open)
            let closed = try await server.room(by: alice, ["preset": "public_chat"])
            try await server.call(.post, "/rooms/\(closed)/join", as: guest, [:]).expect(403, "M_GUEST_ACCESS_FORBIDDEN")
            _ = try await server.call(.post, "/rooms/\(room)/join", as: guest, [:]).ok()
            let event = try await server.say("hello", in: room, by: guest)
            for path in [
                "/rooms/\(room)/state", "/rooms/\(room)/messages?dir=b", "/rooms/\(room)/members",
                "/rooms/\(room)/context/\(event)", "/rooms/\(room)/event/\(event)", "/sync", "/devices", "/account/whoami",
            ] {
                _ = try await server.call(.get, path, as: guest).ok()
            }
            _ = try await server.call(.put, "/rooms/\(room)/send/org.example.any/1", as: guest, ["x": 1]).ok()
            try await server.call(.put, "/rooms/\(room)/state/m.room.topic/", as: guest, ["topic": "x"]).expect(
                403, "M_FORBIDDEN")
            _ = try await server.call(.post, "/rooms/\(room)/leave", as: guest, [:]).ok()
        }
    }

    @Test(
        "what the specification does not list is closed to guests",
        arguments: [
            ("POST", "/createRoom"), ("POST", "/rooms/!a:example.org/invite"), ("POST", "/rooms/!a:example.org/kick"),
            ("POST", "/knock/!a:example.org"), ("PUT", "/rooms/!a:example.org/redact/$e/1"), ("POST", "/account/password"),
            ("POST", "/account/deactivate"), ("PUT", "/directory/room/%23a:example.org"), ("GET", "/voip/turnServer"),
            ("POST", "/rooms/!a:example.org/report"), ("DELETE", "/devices/A"), ("PUT", "/rooms/!a:example.org/typing/@a:b"),
        ])
    func closed(method: String, path: String) async throws {
        try await TestServer.run(policy: { $0.allowsGuests = true }) { server in
            let guest = try await server.guest()
            let verb = try #require(HTTPRequest.Method(rawValue: method))
            try await server.call(verb, path, as: guest, [:]).expect(403, "M_GUEST_ACCESS_FORBIDDEN")
        }
    }

    @Test("a guest changes his display name and nothing else of his profile")
    func profile() async throws {
        try await TestServer.run(policy: { $0.allowsGuests = true }) { server in
            let guest = try await server.guest()
            let path = "/profile/\(guest.id)"
            _ = try await server.call(.put, path + "/displayname", as: guest, ["displayname": "Guest"]).ok()
            _ = try await server.call(.delete, path + "/displayname", as: guest).ok()
            try await server.call(.put, path + "/avatar_url", as: guest, ["avatar_url": "mxc://a/b"]).expect(
                403, "M_GUEST_ACCESS_FORBIDDEN")
            try await server.call(.put, path + "/m.tz", as: guest, ["m.tz": "Europe/Berlin"]).expect(
                403, "M_GUEST_ACCESS_FORBIDDEN")
            let fields = try await server.call(.get, "/capabilities", as: guest).ok()["capabilities"]?["m.profile_fields"]
            #expect(
                fields?["enabled"]?.bool == true && fields?["allowed"]?[0]?.string == "displayname"
                    && fields?["allowed"]?.count == 1)
        }
    }

    @Test("guests are out when the room stops admitting them, members stay", arguments: ["state", "redaction"])
    func revoked(how: String) async throws {
        try await TestServer.run(policy: { $0.allowsGuests = true }) { server in
            let alice = try await server.person("alice")
            let bob = try await server.person("bob")
            let guest = try await server.guest()
            let room = try await server.room(by: alice, open)
            for person in [bob, guest] { _ = try await server.call(.post, "/rooms/\(room)/join", as: person, [:]).ok() }
            if how == "state" {
                _ = try await server.call(
                    .put, "/rooms/\(room)/state/m.room.guest_access/", as: alice, ["guest_access": "forbidden"]
                ).ok()
            } else {
                let event = try await server.call(
                    .get, "/rooms/\(room)/state/m.room.guest_access/?format=event", as: alice
                ).ok()["event_id"]?.string
                _ = try await server.call(.put, "/rooms/\(room)/redact/\(try #require(event))/1", as: alice, [:]).ok()
            }
            let joined = try await server.call(.get, "/rooms/\(room)/joined_members", as: alice).ok()["joined"]
            #expect(joined?[guest.id] == nil && joined?[bob.id] != nil && joined?[alice.id] != nil)
            try await server.call(.put, "/rooms/\(room)/send/m.room.message/9", as: guest, ["body": "x", "msgtype": "m.text"])
                .expect(403, "M_FORBIDDEN")
        }
    }

    @Test("a guest becomes a member under his name; his session as a guest ends")
    func upgrade() async throws {
        try await TestServer.run(policy: { $0.allowsGuests = true }) { server in
            let guest = try await server.guest()
            let mallory = try await server.person("mallory")
            let name = String(guest.id.dropFirst().prefix { $0 != ":" })
            func register(_ name: String, _ token: String) async throws -> Answer {
                try await server.call(
                    .post, "/register",
                    [
                        "username": .string(name), "password": "correct horse battery", "guest_access_token": .string(token),
                        "auth": ["type": "m.login.dummy"],
                    ])
            }
            try await register("another", guest.token).expect(403, "M_FORBIDDEN")
            try await register(name, "nonsense").expect(403, "M_FORBIDDEN")
            try await register("mallory", mallory.token).expect(403, "M_FORBIDDEN")
            let made = try await register(name, guest.token).ok()
            #expect(made["user_id"]?.string == guest.id)
            let member = Person(id: guest.id, token: try #require(made["access_token"]?.string), device: "")
            #expect(try await server.call(.get, "/account/whoami", as: member).ok()["is_guest"]?.bool == false)
            _ = try await server.call(.post, "/createRoom", as: member, [:]).ok()
            try await server.call(.get, "/account/whoami", as: guest).expect(401, "M_UNKNOWN_TOKEN")
            let login: JSONValue = ["type": "m.login.password", "user": .string(name), "password": "correct horse battery"]
            _ = try await server.call(.post, "/login", login).ok()
        }
    }
}
