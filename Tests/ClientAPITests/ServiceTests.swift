import ClientAPI
import Crypto
import Foundation
import HTTPTypes
import Identity
import Keys
import Matrix
import Testing

@Suite("OpenID, calls, third-party networks, contacts")
struct ServiceTests {
    private let userinfo = "/_matrix/federation/v1/openid/userinfo"

    @Test("an OpenID token tells another service who one is, for an hour, and opens nothing else")
    func openID() async throws {
        try await TestServer.run { server in
            let alice = try await server.person("alice")
            let mallory = try await server.person("mallory")
            let path = "/user/\(alice.id)/openid/request_token"
            let made = try await server.call(.post, path, as: alice, [:]).ok()
            #expect(made["token_type"]?.string == "Bearer" && made["matrix_server_name"]?.string == "example.org")
            #expect(made["expires_in"]?.int == 3_600)
            let token = try #require(made["access_token"]?.string)
            #expect(try await server.call(.get, "\(userinfo)?access_token=\(token)").ok()["sub"]?.string == alice.id)
            let thief = Person(id: alice.id, token: token, device: "")
            try await server.call(.get, "/account/whoami", as: thief).expect(401, "M_UNKNOWN_TOKEN")
            try await server.call(.get, "\(userinfo)?access_token=\(alice.token)").expect(401, "M_UNKNOWN_TOKEN")
            try await server.call(.get, userinfo).expect(401, "M_MISSING_TOKEN")
            try await server.call(.post, path, as: mallory, [:]).expect(403, "M_FORBIDDEN")
            try await server.call(.post, path, as: nil, [:]).expect(401, "M_MISSING_TOKEN")
            try await server.call(.post, path, as: alice, raw: "[]").expect(400, "M_BAD_JSON")
            server.clock.advance(by: 3_600_001)
            try await server.call(.get, "\(userinfo)?access_token=\(token)").expect(401, "M_UNKNOWN_TOKEN")
        }
    }

    @Test("the token of somebody who is locked or gone is worth nothing")
    func openIDOfTheGone() async throws {
        try await TestServer.run { server in
            let root = try await server.administrator()
            let alice = try await server.person("alice")
            let made = try await server.call(.post, "/user/\(alice.id)/openid/request_token", as: alice, [:]).ok()
            let path = "\(userinfo)?access_token=\(try #require(made["access_token"]?.string))"
            let lock = "/_matrix/client/v1/admin/lock/\(alice.id)"
            _ = try await server.call(.put, lock, as: root, ["locked": true]).ok()
            try await server.call(.get, path).expect(401, "M_UNKNOWN_TOKEN")
            _ = try await server.call(.put, lock, as: root, ["locked": false]).ok()
            _ = try await server.call(.get, path).ok()
            _ = try await server.confirmed("/account/deactivate", as: alice).ok()
            try await server.call(.get, path).expect(401, "M_UNKNOWN_TOKEN")
        }
    }

    @Test("TURN credentials are the HMAC of an expiry and the user, under the shared secret")
    func turn() async throws {
        let turn = TurnServer(uris: ["turn:turn.example.org:3478?transport=udp"], secret: Secret("north"), lifetime: 600)
        try await TestServer.run(policy: { $0.turn = turn }) { server in
            let alice = try await server.person("alice")
            let found = try await server.call(.get, "/voip/turnServer", as: alice).ok()
            #expect(found["uris"]?[0]?.string == "turn:turn.example.org:3478?transport=udp" && found["ttl"]?.int == 600)
            let username = try #require(found["username"]?.string)
            let parts = username.split(separator: ":", maxSplits: 1)
            #expect(String(parts[1]) == alice.id)
            let expiry = try #require(Int64(parts[0]))
            #expect(abs(expiry - server.clock.now / 1000 - 600) < 5)
            let code = HMAC<Insecure.SHA1>.authenticationCode(
                for: Data(username.utf8), using: SymmetricKey(data: Data("north".utf8)))
            #expect(found["password"]?.string == Data(code).base64EncodedString())
            try await server.call(.get, "/voip/turnServer").expect(401, "M_MISSING_TOKEN")
        }
        try await TestServer.run { server in
            try await server.call(.get, "/voip/turnServer", as: server.person("alice")).expect(404, "M_NOT_FOUND")
        }
    }

    @Test("the known vector of the TURN REST scheme")
    func vector() throws {
        let turn = TurnServer(uris: [], secret: Secret("north"), lifetime: 0)
        let made = turn.credentials(for: try UserID(parsing: "@a:b"), at: 1_000)
        #expect(made.username == "1:@a:b")
        // printf '1:@a:b' | openssl dgst -sha1 -hmac north -binary | base64
        #expect(made.password == "9wqFtQUBlUnisz1FAFGvYDMptEo=")
    }

    @Test("there are no third-party networks")
    func networks() async throws {
        try await TestServer.run { server in
            let alice = try await server.person("alice")
            #expect(try await server.call(.get, "/thirdparty/protocols", as: alice).ok().count == 0)
            for path in ["protocol/irc", "location/irc?x=1", "user/irc", "location?alias=%23a:b", "user?userid=%40a:b"] {
                try await server.call(.get, "/thirdparty/\(path)", as: alice).expect(404, "M_NOT_FOUND")
            }
            try await server.call(.get, "/thirdparty/protocols").expect(401, "M_MISSING_TOKEN")
        }
    }

    @Test("third-party identifiers are refused as the specification has it")
    func contacts() async throws {
        try await TestServer.run { server in
            let alice = try await server.person("alice")
            let account = "/account/3pid"
            let sid: JSONValue = ["sid": "1", "client_secret": "s"]
            try await server.call(.post, account, as: alice, ["three_pid_creds": sid]).expect(403, "M_THREEPID_AUTH_FAILED")
            try await server.call(.post, account, as: alice, [:]).expect(400, "M_MISSING_PARAM")
            try await server.call(.post, account + "/add", as: alice, sid).expect(403, "M_THREEPID_DENIED")
            try await server.call(.post, account + "/bind", as: alice, ["id_server": "vector.im", "sid": "1"])
                .expect(400, "M_SERVER_NOT_TRUSTED")
            for verb in ["delete", "unbind"] {
                let body: JSONValue = ["medium": "email", "address": "alice@example.org"]
                let done = try await server.call(.post, "\(account)/\(verb)", as: alice, body).ok()
                #expect(done["id_server_unbind_result"]?.string == "no-support")
                try await server.call(.post, "\(account)/\(verb)", as: alice, [:]).expect(400, "M_MISSING_PARAM")
            }
            let email: [String: JSONValue] = ["client_secret": "s", "email": "a@b.org", "send_attempt": 1]
            try await server.call(.post, "/register/email/requestToken", .object(email)).expect(403, "M_THREEPID_DENIED")
            try await server.call(.post, "/account/password/email/requestToken", .object(email)).expect(403, "M_THREEPID_DENIED")
            try await server.call(.post, "/account/3pid/email/requestToken", .object(email))
                .expect(400, "M_THREEPID_MEDIUM_NOT_SUPPORTED")
            let other = email.merging(["id_server": "vector.im"]) { $1 }
            try await server.call(.post, "/register/email/requestToken", .object(other)).expect(400, "M_SERVER_NOT_TRUSTED")
            try await server.call(.post, "/register/msisdn/requestToken", .object(email)).expect(400, "M_MISSING_PARAM")
            try await server.call(.get, account).expect(401, "M_MISSING_TOKEN")
        }
    }
}
