import HTTPTypes
import Matrix
import Testing

@Suite("GET and POST /publicRooms")
struct ReadPublicRoomsTests {
    @Test("published rooms are listed for everybody, page by page")
    func listing() async throws {
        try await TestServer.run { server in
            let alice = try await server.person("alice")
            for number in 1...3 {
                _ = try await server.room(
                    by: alice,
                    ["visibility": "public", "preset": "public_chat", "name": .string("room \(number)"), "topic": "talk"])
            }
            _ = try await server.room(by: alice, ["name": "hidden"])
            let first = try await server.call(.get, "/publicRooms?limit=2").ok()
            #expect(first["total_room_count_estimate"]?.int == 3)
            #expect(first["chunk"]?.count == 2)
            #expect(first["prev_batch"] == nil)
            let room = try #require(first["chunk"]?[0])
            #expect(room["name"]?.string == "room 1" && room["topic"]?.string == "talk" && room["num_joined_members"]?.int == 1)
            #expect(
                room["world_readable"]?.bool == false && room["guest_can_join"]?.bool == false
                    && room["join_rule"]?.string == "public")
            let next = try #require(first["next_batch"]?.string)
            let last = try await server.call(.get, "/publicRooms?limit=2&since=\(next)").ok()
            #expect(last["chunk"]?.count == 1)
            #expect(last["next_batch"] == nil)
            let back = try #require(last["prev_batch"]?.string)
            #expect(
                try await server.call(.get, "/publicRooms?limit=2&since=\(back)").ok()["chunk"]?[0]?["name"]?.string == "room 1")
        }
    }

    @Test("a search narrows by term and type")
    func search() async throws {
        try await TestServer.run { server in
            let alice = try await server.person("alice")
            _ = try await server.room(by: alice, ["visibility": "public", "name": "Garden"])
            _ = try await server.room(
                by: alice, ["visibility": "public", "name": "Space", "creation_content": ["type": "m.space"]])
            func names(_ filter: JSONValue) async throws -> [String] {
                let chunk = try await server.call(.post, "/publicRooms", as: alice, ["filter": filter]).ok()["chunk"]
                return (chunk?.elements).map { $0.compactMap { $0["name"]?.string } } ?? []
            }
            #expect(try await names(["generic_search_term": "gArD"]) == ["Garden"])
            #expect(try await names(["room_types": ["m.space"]]) == ["Space"])
            #expect(try await names(["room_types": [nil]]) == ["Garden"])
            #expect(try await names([:]) == ["Garden", "Space"])
        }
    }

    @Test("what cannot be searched is refused")
    func refusals() async throws {
        try await TestServer.run { server in
            let alice = try await server.person("alice")
            try await server.call(.post, "/publicRooms", [:]).expect(401, "M_MISSING_TOKEN")
            try await server.call(.get, "/publicRooms?limit=x").expect(400, "M_INVALID_PARAM")
            try await server.call(.get, "/publicRooms?since=x").expect(400, "M_INVALID_PARAM")
            try await server.call(.get, "/publicRooms?server=elsewhere.org").expect(404, "M_NOT_FOUND")
            for body: JSONValue in [
                ["limit": "x"], ["filter": 1], ["filter": ["room_types": [1]]], ["filter": ["generic_search_term": 1]],
            ] {
                try await server.call(.post, "/publicRooms", as: alice, body).expect(400, "M_BAD_JSON")
            }
            try await server.call(.post, "/publicRooms", as: alice, raw: "{").expect(400, "M_NOT_JSON")
        }
    }
}
