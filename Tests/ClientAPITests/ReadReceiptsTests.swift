import HTTPTypes
import Matrix
import Testing

@Suite("POST /rooms/{roomId}/receipt, /read_markers and PUT /typing")
struct ReadReceiptsTests {
    @Test("every kind of receipt is taken, with and without a body")
    func kinds() async throws {
        try await TestServer.run { server in
            let alice = try await server.person("alice")
            let room = try await server.room(by: alice)
            let event = try await server.say("hello", in: room, by: alice)
            for kind in ["m.read", "m.read.private", "m.fully_read"] {
                _ = try await server.call(.post, "/rooms/\(room)/receipt/\(kind)/\(event)", as: alice, [:]).ok()
                _ = try await server.call(.post, "/rooms/\(room)/receipt/\(kind)/\(event)", as: alice).ok()
            }
            _ = try await server.call(.post, "/rooms/\(room)/receipt/m.read/\(event)", as: alice, ["thread_id": "main"]).ok()
        }
    }

    @Test("what is no receipt is refused")
    func refusals() async throws {
        try await TestServer.run { server in
            let alice = try await server.person("alice")
            let room = try await server.room(by: alice)
            let event = try await server.say("hello", in: room, by: alice)
            let path = "/rooms/\(room)/receipt"
            try await server.call(.post, "\(path)/m.seen/\(event)", as: alice, [:]).expect(400, "M_INVALID_PARAM")
            try await server.call(.post, "\(path)/m.read/nonsense", as: alice, [:]).expect(400, "M_INVALID_PARAM")
            for thread: JSONValue in ["", 1, "elsewhere", nil] {
                try await server.call(.post, "\(path)/m.read/\(event)", as: alice, ["thread_id": thread]).expect(
                    400, "M_INVALID_PARAM")
            }
            try await server.call(.post, "\(path)/m.fully_read/\(event)", as: alice, ["thread_id": "main"])
                .expect(400, "M_INVALID_PARAM")
            let unknown = "$" + String(repeating: "x", count: 43)
            try await server.call(.post, "\(path)/m.read/\(unknown)", as: alice, [:]).expect(404, "M_NOT_FOUND")
            try await server.call(.post, "\(path)/m.read/\(event)", as: alice, ["thread_id": .string(unknown)])
                .expect(400, "M_INVALID_PARAM")
            try await server.call(.post, "\(path)/m.read/\(event)", as: alice, raw: "{").expect(400, "M_NOT_JSON")
            try await server.call(.post, "\(path)/m.read/\(event)", as: alice, raw: "[]").expect(400, "M_BAD_JSON")
        }
    }

    @Test("read markers set what they name; the fully read marker moves forward only and is account data")
    func markers() async throws {
        try await TestServer.run { server in
            let alice = try await server.person("alice")
            let room = try await server.room(by: alice)
            let (first, second) = (
                try await server.say("1", in: room, by: alice), try await server.say("2", in: room, by: alice)
            )
            let path = "/rooms/\(room)/read_markers"
            for event in [second, first] {
                let body: JSONValue = [
                    "m.fully_read": .string(event), "m.read": .string(event), "m.read.private": .string(event),
                ]
                _ = try await server.call(.post, path, as: alice, body).ok()
            }
            let marker = try await server.call(.get, "/user/\(alice.id)/rooms/\(room)/account_data/m.fully_read", as: alice).ok()
            #expect(marker["event_id"]?.string == second)
            _ = try await server.call(.post, path, as: alice, [:]).ok()
            try await server.call(.post, path, as: alice, ["m.read": 1]).expect(400, "M_BAD_JSON")
            try await server.call(.post, path, as: alice, ["m.fully_read": "x"]).expect(400, "M_INVALID_PARAM")
            try await server.call(.post, path, as: alice, raw: "{\"m.read\":").expect(400, "M_NOT_JSON")
        }
    }

    @Test("one can only say of oneself that one is typing")
    func typing() async throws {
        try await TestServer.run { server in
            let (alice, bob) = (try await server.person("alice"), try await server.person("bob"))
            let room = try await server.room(by: alice)
            let path = "/rooms/\(room)/typing/\(alice.id)"
            _ = try await server.call(.put, path, as: alice, ["typing": true, "timeout": 5000]).ok()
            _ = try await server.call(.put, path, as: alice, ["typing": false]).ok()
            try await server.call(.put, path, as: bob, ["typing": true]).expect(403, "M_FORBIDDEN")
            try await server.call(.put, path, as: alice, [:]).expect(400, "M_MISSING_PARAM")
            try await server.call(.put, path, as: alice, ["typing": "yes"]).expect(400, "M_BAD_JSON")
            try await server.call(.put, path, as: alice, ["typing": true, "timeout": "long"]).expect(400, "M_BAD_JSON")
            try await server.call(.put, path, as: alice, raw: "").expect(400, "M_NOT_JSON")
        }
    }
}
