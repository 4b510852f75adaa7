import HTTPTypes
import Crypto
import Identity
import Keys
import Matrix
import Testing

@Suite("Login, logout, refresh")
struct IdentityLoginTests {
    private func login(
        _ user: String, _ password: String = "correct horse battery", _ more: [String: JSONValue] = [:]
    ) -> JSONValue {
        .object(
            more.merging([
                "type": "m.login.password", "identifier": ["type": "m.id.user", "user": .string(user)],
                "password": .string(password),
            ]) { one, _ in one })
    }

    @Test("the flows are password and token")
    func flows() async throws {
        try await TestServer.run { server in
            let flows = try await server.call(.get, "/login").ok()["flows"]
            #expect(flows?.elements.compactMap { $0["type"]?.string } == ["m.login.password", "m.login.token"])
        }
    }

    @Test("a session begins, with the device and name that were asked for")
    func begins() async throws {
        try await TestServer.run { server in
            let alice = try await server.person("alice")
            let answer = try await server.call(
                .post, "/login",
                login(alice.id, "correct horse battery", ["device_id": "TELEPHONE", "initial_device_display_name": "Telephone"])
            ).ok()
            #expect(answer["user_id"]?.string == alice.id && answer["device_id"]?.string == "TELEPHONE")
            #expect(answer["refresh_token"] == nil && answer["expires_in_ms"] == nil)
            let device = try await server.call(.get, "/devices/TELEPHONE", as: alice).ok()
            #expect(device["display_name"]?.string == "Telephone")
        }
    }

    @Test(
        "malformed sign-ins are refused",
        arguments: [
            ("{", 400, "M_NOT_JSON"), ("[]", 400, "M_BAD_JSON"), ("{}", 400, "M_MISSING_PARAM"),
            (#"{"type":5}"#, 400, "M_BAD_JSON"),
            (#"{"type":"m.login.mind"}"#, 400, "M_UNKNOWN"), (#"{"type":"m.login.password"}"#, 400, "M_MISSING_PARAM"),
            (#"{"type":"m.login.password","identifier":{"type":"m.id.user"},"password":"x"}"#, 400, "M_MISSING_PARAM"),
            (
                #"{"type":"m.login.password","identifier":{"type":"m.id.planet","user":"x"},"password":"x"}"#, 400,
                "M_INVALID_PARAM"
            ),
            (
                #"{"type":"m.login.password","identifier":{"type":"m.id.thirdparty","medium":"email","address":"a@b"},"password":"x"}"#,
                403, "M_FORBIDDEN"
            ),
            (#"{"type":"m.login.password","identifier":{"medium":"email","address":"a@b"},"password":"x"}"#, 403, "M_FORBIDDEN"),
            (#"{"type":"m.login.password","user":"x"}"#, 400, "M_MISSING_PARAM"),
            (#"{"type":"m.login.password","user":"x","password":5}"#, 400, "M_BAD_JSON"),
            (#"{"type":"m.login.password","user":"x","password":"x","device_id":""}"#, 400, "M_INVALID_PARAM"),
            (#"{"type":"m.login.token"}"#, 400, "M_MISSING_PARAM"),
            (#"{"type":"m.login.token","token":"made up"}"#, 403, "M_FORBIDDEN"),
        ])
    func malformed(body: String, status: Int, errcode: String) async throws {
        try await TestServer.run { server in
            try await server.call(.post, "/login", raw: body).expect(status, errcode)
        }
    }

    @Test("a wrong password and an unknown name get the same answer")
    func sameWords() async throws {
        try await TestServer.run { server in
            let alice = try await server.person("alice")
            let wrong = try await server.call(.post, "/login", login(alice.id, "wrong"))
            let unknown = try await server.call(.post, "/login", login("nobody", "wrong"))
            try wrong.expect(403, "M_FORBIDDEN")
            #expect(wrong.bytes == unknown.bytes)
        }
    }

    @Test("failures slow the next ones down, with the time to wait")
    func throttled() async throws {
        try await TestServer.run(policy: { $0.throttlesSignIn = true }) { server in
            let alice = try await server.person("alice")
            for _ in 0..<5 { try await server.call(.post, "/login", login(alice.id, "wrong")).expect(403, "M_FORBIDDEN") }
            let answer = try await server.call(.post, "/login", login(alice.id))
            try answer.expect(429, "M_LIMIT_EXCEEDED")
            #expect(answer.headers[.retryAfter] != nil)
            #expect((try answer.json()["retry_after_ms"]?.int ?? 0) > 0)
        }
    }

    @Test("the token is asked for, known, and unknown after logout")
    func tokens() async throws {
        try await TestServer.run { server in
            let alice = try await server.person("alice")
            try await server.call(.get, "/account/whoami").expect(401, "M_MISSING_TOKEN")
            let stranger = Person(id: alice.id, token: "made up", device: "")
            try await server.call(.get, "/account/whoami", as: stranger).expect(401, "M_UNKNOWN_TOKEN")
            let who = try await server.call(.get, "/account/whoami", as: alice).ok()
            #expect(
                who["user_id"]?.string == alice.id && who["device_id"]?.string == alice.device && who["is_guest"]?.bool == false)
            _ = try await server.call(.post, "/logout", as: alice).ok()
            let gone = try await server.call(.get, "/account/whoami", as: alice)
            try gone.expect(401, "M_UNKNOWN_TOKEN")
            #expect(try gone.json()["soft_logout"]?.bool != true)
        }
    }

    @Test("a session that can be refreshed runs out softly and goes on")
    func refresh() async throws {
        try await TestServer.run { server in
            let alice = try await server.person("alice")
            let first = try await server.call(.post, "/login", login(alice.id, "correct horse battery", ["refresh_token": true]))
                .ok()
            #expect(first["expires_in_ms"]?.int == 300_000)
            let session = Person(id: alice.id, token: try #require(first["access_token"]?.string), device: "")
            server.clock.advance(by: 300_000)
            let out = try await server.call(.get, "/account/whoami", as: session)
            try out.expect(401, "M_UNKNOWN_TOKEN")
            #expect(try out.json()["soft_logout"]?.bool == true)
            let token = try #require(first["refresh_token"]?.string)
            let second = try await server.call(.post, "/refresh", ["refresh_token": .string(token)]).ok()
            let next = Person(id: alice.id, token: try #require(second["access_token"]?.string), device: "")
            _ = try await server.call(.get, "/account/whoami", as: next).ok()
            try await server.call(.post, "/refresh", ["refresh_token": .string(token)]).expect(401, "M_UNKNOWN_TOKEN")
            try await server.call(.post, "/refresh", [:]).expect(400, "M_MISSING_PARAM")
        }
    }

    @Test("a login token is made after the password and works once")
    func loginToken() async throws {
        try await TestServer.run { server in
            let alice = try await server.person("alice")
            let path = "/_matrix/client/v1/login/get_token"
            let asked = try await server.call(.post, path, as: alice, [:])
            #expect(asked.status == 401)
            let session = try #require(try asked.json()["session"]?.string)
            let made = try await server.call(
                .post, path, as: alice,
                [
                    "auth": [
                        "type": "m.login.password", "session": .string(session), "password": "correct horse battery",
                        "identifier": ["type": "m.id.user", "user": .string(alice.id)],
                    ]
                ]
            ).ok()
            #expect(made["expires_in_ms"]?.int == 120_000)
            let token: JSONValue = ["type": "m.login.token", "token": .string(try #require(made["login_token"]?.string))]
            #expect(try await server.call(.post, "/login", token).ok()["user_id"]?.string == alice.id)
            try await server.call(.post, "/login", token).expect(403, "M_FORBIDDEN")
        }
    }

    @Test("logout everywhere ends all sessions")
    func logoutAll() async throws {
        try await TestServer.run { server in
            let alice = try await server.person("alice")
            let other = try await server.call(.post, "/login", login(alice.id)).ok()
            _ = try await server.call(.post, "/logout/all", as: alice, [:]).ok()
            for token in [alice.token, try #require(other["access_token"]?.string)] {
                try await server.call(.get, "/account/whoami", as: Person(id: alice.id, token: token, device: "")).expect(
                    401, "M_UNKNOWN_TOKEN")
            }
        }
    }
}
