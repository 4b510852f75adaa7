import Audit
import ClientAPI
import HTTPTypes
import Crypto
import Identity
import Keys
import Matrix
import Testing

@Suite("Registration")
struct IdentityRegistrationTests {
    @Test("the flows are told first, then the dummy stage makes the account")
    func dummy() async throws {
        try await TestServer.run { server in
            let body: [String: JSONValue] = ["username": "alice", "password": "correct horse battery"]
            let asked = try await server.call(.post, "/register", .object(body))
            #expect(asked.status == 401)
            let told = try asked.json()
            #expect(told["errcode"] == nil && told["params"]?.kind == .object)
            #expect(told["flows"]?[0]?["stages"]?[0]?.string == "m.login.dummy")
            let auth: JSONValue = ["type": "m.login.dummy", "session": .string(try #require(told["session"]?.string))]
            let made = try await server.call(.post, "/register", .object(body.merging(["auth": auth]) { one, _ in one })).ok()
            #expect(made["user_id"]?.string == "@alice:example.org" && made["access_token"] != nil && made["device_id"] != nil)
        }
    }

    @Test("with inhibit_login there is an account and no session")
    func inhibited() async throws {
        try await TestServer.run { server in
            let made = try await server.call(
                .post, "/register",
                [
                    "username": "alice", "password": "correct horse battery", "inhibit_login": true,
                    "auth": ["type": "m.login.dummy"],
                ]
            ).ok()
            #expect(made["user_id"]?.string == "@alice:example.org" && made["access_token"] == nil && made["device_id"] == nil)
        }
    }

    @Test(
        "what cannot be registered is refused before authentication",
        arguments: [
            (#"{"username":"taken","password":"correct horse battery"}"#, "M_USER_IN_USE"),
            (#"{"username":"TAKEN","password":"correct horse battery"}"#, "M_USER_IN_USE"),
            (#"{"username":"a b","password":"correct horse battery"}"#, "M_INVALID_USERNAME"),
            (#"{"username":"","password":"correct horse battery"}"#, "M_INVALID_USERNAME"),
            (#"{"username":"server","password":"correct horse battery"}"#, "M_EXCLUSIVE"),
            (#"{"username":"alice","password":"short"}"#, "M_WEAK_PASSWORD"),
            (#"{"username":5,"password":"correct horse battery"}"#, "M_BAD_JSON"),
            (#"{"username":"alice","password":["correct horse battery"]}"#, "M_BAD_JSON"),
            (#"{"username":"alice","auth":{"type":"m.login.dummy"}}"#, "M_MISSING_PARAM"),
            (#"{"username":"alice","auth":5}"#, "M_BAD_JSON"),
            ("not json", "M_NOT_JSON"),
        ])
    func refused(body: String, errcode: String) async throws {
        try await TestServer.run { server in
            _ = try await server.person("taken")
            try await server.call(.post, "/register", raw: body).expect(400, errcode)
        }
    }

    @Test("registration is closed unless the policy opens it")
    func closed() async throws {
        try await TestServer.run(policy: { $0.registration = .closed }) { server in
            let body: JSONValue = ["username": "alice", "password": "correct horse battery", "auth": ["type": "m.login.dummy"]]
            try await server.call(.post, "/register", body).expect(403, "M_FORBIDDEN")
            try await server.call(.post, "/register?kind=guest", [:]).expect(403, "M_FORBIDDEN")
            try await server.call(.get, "/register/available?username=alice").expect(403, "M_FORBIDDEN")
            try await server.call(.get, "/_matrix/client/v1/register/m.login.registration_token/validity?token=x").expect(
                403, "M_FORBIDDEN")
        }
    }

    @Test("a registration token lets one person in")
    func token() async throws {
        try await TestServer.run(policy: { $0.registration = .token }) { server in
            _ = try await server.services.accounts.makeRegistrationToken(
                "spring", usesAllowed: 1, lifetime: nil, by: .origin(.server))
            let validity = "/_matrix/client/v1/register/m.login.registration_token/validity?token="
            #expect(try await server.call(.get, validity + "spring").ok()["valid"]?.bool == true)
            #expect(try await server.call(.get, validity + "autumn").ok()["valid"]?.bool == false)
            try await server.call(.get, String(validity.dropLast(7))).expect(400, "M_MISSING_PARAM")
            func register(_ name: String, _ auth: JSONValue) async throws -> Answer {
                try await server.call(
                    .post, "/register", ["username": .string(name), "password": "correct horse battery", "auth": auth])
            }
            #expect(try await register("mallory", ["type": "m.login.dummy"]).status == 401)
            let wrong = try await register("mallory", ["type": "m.login.registration_token", "token": "autumn"])
            #expect(wrong.status == 401)
            #expect(try wrong.json()["errcode"]?.string == "M_FORBIDDEN")
            _ = try await register("alice", ["type": "m.login.registration_token", "token": "spring"]).ok()
            #expect(try await register("bob", ["type": "m.login.registration_token", "token": "spring"]).status == 401)
        }
    }

    @Test("guests get an account where they are welcome; other kinds do not exist")
    func guests() async throws {
        try await TestServer.run(policy: { $0.allowsGuests = true }) { server in
            let made = try await server.call(.post, "/register?kind=guest", ["username": "ignored", "device_id": "IGNORED"]).ok()
            #expect(made["device_id"]?.string != "IGNORED")
            let guest = Person(
                id: try #require(made["user_id"]?.string), token: try #require(made["access_token"]?.string), device: "")
            #expect(try await server.call(.get, "/account/whoami", as: guest).ok()["is_guest"]?.bool == true)
            try await server.call(.post, "/account/password", as: guest, ["new_password": "correct horse battery"])
                .expect(403, "M_GUEST_ACCESS_FORBIDDEN")
            try await server.call(.post, "/register?kind=ghost", [:]).expect(400, "M_INVALID_PARAM")
        }
    }

    @Test("available tells free, taken, invalid and missing names apart")
    func available() async throws {
        try await TestServer.run { server in
            _ = try await server.person("alice")
            #expect(try await server.call(.get, "/register/available?username=bob").ok()["available"]?.bool == true)
            try await server.call(.get, "/register/available?username=alice").expect(400, "M_USER_IN_USE")
            try await server.call(.get, "/register/available?username=a%20b").expect(400, "M_INVALID_USERNAME")
            try await server.call(.get, "/register/available").expect(400, "M_MISSING_PARAM")
        }
    }

    @Test("programs register with the secret, once per nonce; without a secret there is no such door")
    func sharedSecret() async throws {
        let secret = SymmetricKey(data: Array("desk".utf8))
        try await TestServer.run(policy: { $0.registrationSecret = secret }) { server in
            let path = "/_conclave/v1/register"
            let nonce = try #require(try await server.call(.get, path).ok()["nonce"]?.string)
            let message = "\(nonce)\0carol\0correct horse battery\0admin"
            let mac = Hex.encode(HMAC<SHA256>.authenticationCode(for: Array(message.utf8), using: secret))
            let body: [String: JSONValue] = [
                "nonce": .string(nonce), "username": "carol", "password": "correct horse battery", "admin": true,
                "mac": .string(mac),
            ]
            try await server.call(.post, path, .object(body.merging(["mac": "zz"]) { $1 })).expect(400, "M_BAD_JSON")
            let made = try await server.call(.post, path, .object(body)).ok()
            #expect(made["user_id"]?.string == "@carol:example.org" && made["access_token"] != nil)
            try await server.call(.post, path, .object(body)).expect(403, "M_FORBIDDEN")
        }
        try await TestServer.run { server in
            try await server.call(.get, "/_conclave/v1/register").expect(404, "M_UNRECOGNIZED")
        }
    }
}
