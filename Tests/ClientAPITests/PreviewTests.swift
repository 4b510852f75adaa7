import ClientAPI
import HTTPTypes
import Matrix
import Rooms
import Testing

@Suite("Room previews: /rooms/{roomId}/initialSync, /events")
struct PreviewTests {
    private let readable: JSONValue = [
        "preset": "public_chat",
        "initial_state": [
            ["type": "m.room.history_visibility", "state_key": "", "content": ["history_visibility": "world_readable"]]
        ],
    ]

    @Test("somebody outside reads a room that is open to the world and waits for what comes next")
    func peeking() async throws {
        try await TestServer.run { server in
            let alice = try await server.person("alice")
            let carol = try await server.person("carol")
            let room = try await server.room(by: alice, readable)
            try await server.say("first", in: room, by: alice)
            let seen = try await server.call(.get, "/rooms/\(room)/initialSync?limit=1", as: carol).ok()
            #expect(seen["room_id"]?.string == room && seen["membership"] == nil && seen["visibility"]?.string == "private")
            #expect(seen["messages"]?["chunk"]?[0]?["content"]?["body"]?.string == "first")
            #expect(seen["state"]?.elements.contains { $0["type"]?.string == "m.room.create" } == true)
            let end = try #require(seen["messages"]?["end"]?.string)
            let quiet = try await server.call(.get, "/events?room_id=\(room)&from=\(end)&timeout=0", as: carol).ok()
            #expect(quiet["chunk"]?.count == 0)
            async let waiting = server.call(.get, "/events?room_id=\(room)&from=\(end)&timeout=30000", as: carol)
            while server.services.rooms.hub.waiting == 0 { await Task.yield() }
            let event = try await server.say("second", in: room, by: alice)
            let news = try await waiting.ok()
            #expect(news["chunk"]?.count == 1 && news["chunk"]?[0]?["event_id"]?.string == event)
            let next = try #require(news["end"]?.string)
            #expect(
                try await server.call(.get, "/events?room_id=\(room)&from=\(next)&timeout=0", as: carol).ok()["chunk"]?.count == 0
            )
        }
    }

    @Test("a member sees account data and membership; who may not look learns nothing")
    func members() async throws {
        try await TestServer.run { server in
            let alice = try await server.person("alice")
            let mallory = try await server.person("mallory")
            let room = try await server.room(by: alice)
            let event = try await server.say("hidden", in: room, by: alice)
            _ = try await server.call(.put, "/user/\(alice.id)/rooms/\(room)/tags/u.work", as: alice, [:]).ok()
            let own = try await server.call(.get, "/rooms/\(room)/initialSync", as: alice).ok()
            #expect(own["membership"]?.string == "join" && own["account_data"]?[0]?["type"]?.string == "m.tag")
            #expect(try await server.call(.get, "/events/\(event)", as: alice).ok()["room_id"]?.string == room)
            try await server.call(.get, "/rooms/\(room)/initialSync", as: mallory).expect(403, "M_FORBIDDEN")
            try await server.call(.get, "/events?room_id=\(room)", as: mallory).expect(403, "M_FORBIDDEN")
            try await server.call(.get, "/events/\(event)", as: mallory).expect(404, "M_NOT_FOUND")
            try await server.call(.get, "/events", as: alice).expect(400, "M_MISSING_PARAM")
            try await server.call(.get, "/events?room_id=\(room)&from=x", as: alice).expect(400, "M_INVALID_PARAM")
            try await server.call(.get, "/events?room_id=\(room)&from=t99999999", as: alice).expect(400, "M_INVALID_PARAM")
            try await server.call(.get, "/rooms/nonsense/initialSync", as: alice).expect(400, "M_INVALID_PARAM")
        }
    }
}
