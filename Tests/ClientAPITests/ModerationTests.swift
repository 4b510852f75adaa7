import ClientAPI
import HTTPTypes
import Identity
import Matrix
import Rooms
import Testing

@Suite("Account moderation: /admin/lock, /admin/suspend, /admin/whois")
struct ModerationTests {
    private let admin = "/_matrix/client/v1/admin"

    @Test("a locked account may sign out and nothing else, until it is unlocked")
    func lock() async throws {
        try await TestServer.run { server in
            let root = try await server.administrator()
            let alice = try await server.person("alice")
            let path = "\(admin)/lock/\(alice.id)"
            #expect(try await server.call(.get, path, as: root).ok()["locked"]?.bool == false)
            #expect(try await server.call(.put, path, as: root, ["locked": true]).ok()["locked"]?.bool == true)
            #expect(try await server.call(.get, path, as: root).ok()["locked"]?.bool == true)
            for endpoint in ["/sync", "/account/whoami", "/joined_rooms", "/capabilities"] {
                let refused = try await server.call(.get, endpoint, as: alice)
                try refused.expect(401, "M_USER_LOCKED")
                #expect(try refused.json()["soft_logout"]?.bool == true)
            }
            let login: JSONValue = ["type": "m.login.password", "user": "alice", "password": "correct horse battery"]
            try await server.call(.post, "/login", login).expect(401, "M_USER_LOCKED")
            _ = try await server.call(.put, path, as: root, ["locked": false]).ok()
            _ = try await server.call(.get, "/account/whoami", as: alice).ok()
            _ = try await server.call(.put, path, as: root, ["locked": true]).ok()
            _ = try await server.call(.post, "/logout", as: alice, [:]).ok()
            #expect(
                try await server.audited(alice.id).filter { $0.hasPrefix("account.") && $0.hasSuffix("lock") }
                    == ["account.lock", "account.unlock", "account.lock"])
        }
    }

    @Test("a long poll of the account ends when it is locked")
    func longPoll() async throws {
        try await TestServer.run { server in
            let root = try await server.administrator()
            let alice = try await server.person("alice")
            let since = try #require(try await server.call(.get, "/sync", as: alice).ok()["next_batch"]?.string)
            async let poll = server.call(.get, "/sync?timeout=60000&since=\(since)", as: alice)
            while server.services.rooms.hub.waiting == 0 { await Task.yield() }
            _ = try await server.call(.put, "\(admin)/lock/\(alice.id)", as: root, ["locked": true]).ok()
            let ended = try await poll
            #expect(ended.status == 200)
            try await server.call(.get, "/sync?timeout=60000&since=\(since)", as: alice).expect(401, "M_USER_LOCKED")
        }
    }

    @Test("a suspended account reads, leaves and signs out, and changes nothing for others")
    func suspend() async throws {
        try await TestServer.run { server in
            let root = try await server.administrator()
            let alice = try await server.person("alice")
            let bob = try await server.person("bob")
            let room = try await server.room(by: bob, ["preset": "public_chat"])
            let other = try await server.room(by: bob, ["invite": [.string(alice.id)]])
            _ = try await server.call(.post, "/rooms/\(room)/join", as: alice, [:]).ok()
            let own = try await server.say("mine", in: room, by: alice)
            let foreign = try await server.say("his", in: room, by: bob)
            _ = try await server.call(.put, "\(admin)/suspend/\(alice.id)", as: root, ["suspended": true]).ok()
            let refused: [(HTTPRequest.Method, String, JSONValue)] = [
                (.put, "/rooms/\(room)/send/m.room.message/1", ["msgtype": "m.text", "body": "x"]),
                (.put, "/rooms/\(room)/state/m.room.topic/", ["topic": "x"]),
                (.post, "/rooms/\(room)/invite", ["user_id": "@carol:example.org"]),
                (.post, "/rooms/\(other)/join", [:]), (.post, "/createRoom", [:]), (.post, "/knock/\(other)", [:]),
                (.put, "/profile/\(alice.id)/displayname", ["displayname": "x"]),
                (.put, "/rooms/\(room)/redact/\(foreign)/2", [:]),
            ]
            for (method, path, body) in refused {
                let answer = try await server.call(method, path, as: alice, body)
                // Redacting what others said needs power first of all.
                try answer.expect(403, path.contains("redact") ? "M_FORBIDDEN" : "M_USER_SUSPENDED")
            }
            _ = try await server.call(.get, "/sync", as: alice).ok()
            _ = try await server.call(.get, "/rooms/\(room)/messages?dir=b", as: alice).ok()
            _ = try await server.call(.put, "/rooms/\(room)/redact/\(own)/3", as: alice, [:]).ok()
            _ = try await server.call(.post, "/rooms/\(other)/leave", as: alice, [:]).ok()
            _ = try await server.call(.post, "/rooms/\(room)/leave", as: alice, [:]).ok()
            let login: JSONValue = ["type": "m.login.password", "user": "alice", "password": "correct horse battery"]
            _ = try await server.call(.post, "/login", login).ok()
            _ = try await server.call(.put, "\(admin)/suspend/\(alice.id)", as: root, ["suspended": false]).ok()
            _ = try await server.call(.post, "/createRoom", as: alice, [:]).ok()
        }
    }

    @Test("somebody suspended does not redact others' events even with the power to")
    func suspendedModerator() async throws {
        try await TestServer.run { server in
            let root = try await server.administrator()
            let alice = try await server.person("alice")
            let bob = try await server.person("bob")
            let room = try await server.room(by: alice, ["preset": "public_chat"])
            _ = try await server.call(.post, "/rooms/\(room)/join", as: bob, [:]).ok()
            let event = try await server.say("his", in: room, by: bob)
            _ = try await server.call(.put, "\(admin)/suspend/\(alice.id)", as: root, ["suspended": true]).ok()
            try await server.call(.put, "/rooms/\(room)/redact/\(event)/1", as: alice, [:]).expect(403, "M_USER_SUSPENDED")
        }
    }

    @Test("lock and suspension are two things: lifting one leaves the other")
    func both() async throws {
        try await TestServer.run { server in
            let root = try await server.administrator()
            let alice = try await server.person("alice")
            _ = try await server.call(.put, "\(admin)/lock/\(alice.id)", as: root, ["locked": true]).ok()
            _ = try await server.call(.put, "\(admin)/suspend/\(alice.id)", as: root, ["suspended": true]).ok()
            try await server.call(.get, "/account/whoami", as: alice).expect(401, "M_USER_LOCKED")
            _ = try await server.call(.put, "\(admin)/lock/\(alice.id)", as: root, ["locked": false]).ok()
            #expect(try await server.call(.get, "\(admin)/suspend/\(alice.id)", as: root).ok()["suspended"]?.bool == true)
            _ = try await server.call(.get, "/account/whoami", as: alice).ok()
            try await server.call(.post, "/createRoom", as: alice, [:]).expect(403, "M_USER_SUSPENDED")
        }
    }

    @Test("only administrators moderate, not themselves, not each other, and nobody who is not here")
    func refused() async throws {
        try await TestServer.run { server in
            let root = try await server.administrator()
            let other = try await server.administrator("other")
            let mallory = try await server.person("mallory")
            for (verb, state) in [("lock", "locked"), ("suspend", "suspended")] {
                let path = "\(admin)/\(verb)"
                let body: JSONValue = .object([state: true])
                for target in [mallory.id, "@nobody:example.org", "@nobody:elsewhere.org"] {
                    try await server.call(.put, "\(path)/\(target)", as: mallory, body).expect(403, "M_FORBIDDEN")
                    try await server.call(.get, "\(path)/\(target)", as: mallory).expect(403, "M_FORBIDDEN")
                }
                try await server.call(.put, "\(path)/\(root.id)", as: root, body).expect(403, "M_FORBIDDEN")
                try await server.call(.put, "\(path)/\(other.id)", as: root, body).expect(403, "M_FORBIDDEN")
                try await server.call(.get, "\(path)/\(other.id)", as: root).expect(403, "M_FORBIDDEN")
                try await server.call(.put, "\(path)/@nobody:example.org", as: root, body).expect(404, "M_NOT_FOUND")
                try await server.call(.get, "\(path)/@nobody:example.org", as: root).expect(404, "M_NOT_FOUND")
                try await server.call(.put, "\(path)/@bob:elsewhere.org", as: root, body).expect(400, "M_INVALID_PARAM")
                try await server.call(.put, "\(path)/\(mallory.id)", as: root, [:]).expect(400, "M_MISSING_PARAM")
                try await server.call(.put, "\(path)/\(mallory.id)", as: root, .object([state: "yes"])).expect(400, "M_BAD_JSON")
                try await server.call(.put, "\(path)/\(mallory.id)", body).expect(401, "M_MISSING_TOKEN")
            }
        }
    }

    @Test("the capability is told to those who have it")
    func capability() async throws {
        try await TestServer.run { server in
            let all = try await server.call(.get, "/capabilities", as: server.administrator()).ok()["capabilities"]
            #expect(all?["m.account_moderation"]?["lock"]?.bool == true && all?["m.account_moderation"]?["suspend"]?.bool == true)
            let few = try await server.call(.get, "/capabilities", as: server.person("alice")).ok()["capabilities"]
            #expect(few?["m.account_moderation"] == nil)
        }
    }

    @Test("whois answers about oneself, and to administrators, whose look is recorded")
    func whois() async throws {
        try await TestServer.run { server in
            let root = try await server.administrator()
            let alice = try await server.person("alice")
            let mallory = try await server.person("mallory")
            let path = "/admin/whois/\(alice.id)"
            for asker in [alice, root] {
                let found = try await server.call(.get, path, as: asker).ok()
                #expect(found["user_id"]?.string == alice.id)
                let session = found["devices"]?[alice.device]?["sessions"]?[0]
                #expect(session?["connections"]?[0]?["last_seen"]?.int != nil)
            }
            try await server.call(.get, path, as: mallory).expect(403, "M_FORBIDDEN")
            try await server.call(.get, "/admin/whois/@nobody:example.org", as: mallory).expect(403, "M_FORBIDDEN")
            try await server.call(.get, "/admin/whois/@nobody:example.org", as: root).expect(404, "M_NOT_FOUND")
            #expect(try await server.audited(alice.id).filter { $0 == "admin.read" }.count == 1)
        }
    }
}
