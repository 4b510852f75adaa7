import HTTPTypes
import Identity
import Matrix
import Testing

@Suite("Profiles")
struct IdentityProfileTests {
    @Test("fields are set by their owner, read by others and deleted")
    func fields() async throws {
        try await TestServer.run { server in
            let alice = try await server.person("alice")
            let bob = try await server.person("bob")
            let path = "/profile/\(alice.id)"
            #expect(try await server.call(.get, path, as: bob).ok().count == 0)
            try await server.call(.get, path + "/displayname", as: bob).expect(404, "M_NOT_FOUND")
            _ = try await server.call(.put, path + "/displayname", as: alice, ["displayname": "Alice"]).ok()
            _ = try await server.call(.put, path + "/org.example.x", as: alice, raw: #"{"org.example.x":[1.5,null]}"#).ok()
            #expect(try await server.call(.get, path + "/displayname", as: bob).ok()["displayname"]?.string == "Alice")
            #expect(try await server.call(.get, path, as: bob).ok()["org.example.x"]?[0]?.double == 1.5)
            _ = try await server.call(.delete, path + "/displayname", as: alice).ok()
            _ = try await server.call(.delete, path + "/displayname", as: alice).ok()
            #expect(try await server.call(.get, path, as: bob).ok()["displayname"] == nil)
        }
    }

    @Test("what is malformed or somebody else's is refused")
    func refused() async throws {
        try await TestServer.run { server in
            let alice = try await server.person("alice")
            let mallory = try await server.person("mallory")
            let path = "/profile/\(alice.id)"
            try await server.call(.put, path + "/displayname", as: mallory, ["displayname": "Forged"]).expect(403, "M_FORBIDDEN")
            try await server.call(.delete, path + "/displayname", as: mallory).expect(403, "M_FORBIDDEN")
            try await server.call(.put, path + "/displayname", as: alice, ["other": "x"]).expect(400, "M_MISSING_PARAM")
            try await server.call(.put, path + "/displayname", as: alice, ["displayname": 5]).expect(400, "M_INVALID_PARAM")
            try await server.call(.put, path + "/avatar_url", as: alice, ["avatar_url": "https://example.org/x"]).expect(
                400, "M_INVALID_PARAM")
            try await server.call(.put, path + "/Nonsense", as: alice, ["Nonsense": 1]).expect(400, "M_INVALID_PARAM")
            let key = "org." + String(repeating: "k", count: 252)
            try await server.call(.put, path + "/\(key)", as: alice, [key: 1]).expect(400, "M_KEY_TOO_LARGE")
            let large = JSONValue.string(String(repeating: "x", count: 40_000))
            _ = try await server.call(.put, path + "/org.example.a", as: alice, ["org.example.a": large]).ok()
            try await server.call(.put, path + "/org.example.b", as: alice, ["org.example.b": large]).expect(
                400, "M_PROFILE_TOO_LARGE")
            try await server.call(.get, "/profile/@nobody:example.org", as: alice).expect(404, "M_NOT_FOUND")
            try await server.call(.get, "/profile/nonsense", as: alice).expect(400, "M_INVALID_PARAM")
            try await server.call(.get, path).expect(403, "M_FORBIDDEN")
        }
    }

    @Test("a changed name reaches the rooms that one is in, and new rooms take it along")
    func rooms() async throws {
        try await TestServer.run { server in
            let alice = try await server.person("alice")
            let room = try await server.room(by: alice)
            _ = try await server.call(.put, "/profile/\(alice.id)/displayname", as: alice, ["displayname": "Alice"]).ok()
            let other = try await server.room(by: alice)
            for id in [room, other] {
                let member = try await server.call(.get, "/rooms/\(id)/state/m.room.member/\(alice.id)", as: alice).ok()
                #expect(member["displayname"]?.string == "Alice" && member["membership"]?.string == "join")
            }
        }
    }
}
