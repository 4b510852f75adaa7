import HTTPTypes
import Matrix
import Testing

@Suite("GET /rooms/{roomId}/state, /members, /joined_members and /joined_rooms")
struct ReadStateTests {
    @Test("a piece of state is its content, or the event when asked for; the empty key may end in a slash or not")
    func piece() async throws {
        try await TestServer.run { server in
            let alice = try await server.person("alice")
            let room = try await server.room(by: alice, ["name": "Quiet"])
            for path in ["m.room.name", "m.room.name/", "m%2Eroom%2Ename"] {
                #expect(try await server.call(.get, "/rooms/\(room)/state/\(path)", as: alice).ok()["name"]?.string == "Quiet")
            }
            let event = try await server.call(.get, "/rooms/\(room)/state/m.room.name?format=event", as: alice).ok()
            #expect(event["content"]?["name"]?.string == "Quiet")
            #expect(event["state_key"]?.string == "")
            #expect(event["room_id"]?.string == room)
            #expect(event["sender"]?.string == alice.id)
            let me = try await server.call(.get, "/rooms/\(room)/state/m.room.member/\(alice.id)", as: alice).ok()
            #expect(me["membership"]?.string == "join")
            try await server.call(.get, "/rooms/\(room)/state/m.room.topic", as: alice).expect(404, "M_NOT_FOUND")
            try await server.call(.get, "/rooms/\(room)/state/m.room.name/other", as: alice).expect(404, "M_NOT_FOUND")
            try await server.call(.get, "/rooms/\(room)/state/m.room.name?format=xml", as: alice).expect(400, "M_INVALID_PARAM")
        }
    }

    @Test("state with a type and key of one's own is found again")
    func ownType() async throws {
        try await TestServer.run { server in
            let alice = try await server.person("alice")
            let room = try await server.room(by: alice)
            _ = try await server.call(.put, "/rooms/\(room)/state/org.example.thing/a%2Fb", as: alice, ["x": 1]).ok()
            #expect(try await server.call(.get, "/rooms/\(room)/state/org.example.thing/a%2Fb", as: alice).ok()["x"]?.int == 1)
            try await server.call(.get, "/rooms/\(room)/state/org.example.thing", as: alice).expect(404, "M_NOT_FOUND")
            let all = try await server.call(.get, "/rooms/\(room)/state", as: alice).ok()
            #expect(all.elements.contains { $0["type"]?.string == "org.example.thing" && $0["state_key"]?.string == "a/b" })
        }
    }

    @Test("who left reads the state of the leave")
    func left() async throws {
        try await TestServer.run { server in
            let (alice, bob) = (try await server.person("alice"), try await server.person("bob"))
            let room = try await server.room(by: alice, ["preset": "public_chat", "name": "before"])
            _ = try await server.call(.post, "/rooms/\(room)/join", as: bob, [:]).ok()
            _ = try await server.call(.post, "/rooms/\(room)/leave", as: bob, [:]).ok()
            _ = try await server.call(.put, "/rooms/\(room)/state/m.room.name", as: alice, ["name": "after"]).ok()
            #expect(try await server.call(.get, "/rooms/\(room)/state/m.room.name", as: bob).ok()["name"]?.string == "before")
            let state = try await server.call(.get, "/rooms/\(room)/state", as: bob).ok()
            #expect(state.elements.compactMap { $0["content"]?["name"]?.string } == ["before"])
            #expect(try await server.call(.get, "/rooms/\(room)/members?membership=leave", as: bob).ok()["chunk"]?.count == 1)
            try await server.call(.get, "/rooms/\(room)/joined_members", as: bob).expect(403, "M_FORBIDDEN")
        }
    }

    @Test("members are chosen by membership and moment")
    func members() async throws {
        try await TestServer.run { server in
            let (alice, bob) = (try await server.person("alice"), try await server.person("bob"))
            let room = try await server.room(by: alice, ["preset": "public_chat"])
            let before = try #require(
                try await server.call(.get, "/rooms/\(room)/messages?dir=b&limit=1", as: alice).ok()["start"]?.string)
            _ = try await server.call(.post, "/rooms/\(room)/join", as: bob, [:]).ok()
            func keys(_ query: String) async throws -> Set<String> {
                let chunk = try await server.call(.get, "/rooms/\(room)/members\(query)", as: alice).ok()["chunk"]
                return Set((chunk?.elements).map { $0.compactMap { $0["state_key"]?.string } } ?? [])
            }
            #expect(try await keys("") == [alice.id, bob.id])
            #expect(try await keys("?membership=join") == [alice.id, bob.id])
            #expect(try await keys("?not_membership=join") == [])
            #expect(try await keys("?at=\(before)") == [alice.id])
            try await server.call(.get, "/rooms/\(room)/members?membership=friend", as: alice).expect(400, "M_INVALID_PARAM")
            try await server.call(.get, "/rooms/\(room)/members?at=yesterday", as: alice).expect(400, "M_INVALID_PARAM")
            let joined = try await server.call(.get, "/rooms/\(room)/joined_members", as: bob).ok()["joined"]
            #expect(Set((joined?.members).map { $0.map(\.key) } ?? []) == [alice.id, bob.id])
        }
    }

    @Test("the rooms one is in are listed, left ones are not")
    func joinedRooms() async throws {
        try await TestServer.run { server in
            try await server.call(.get, "/joined_rooms").expect(401, "M_MISSING_TOKEN")
            let alice = try await server.person("alice")
            let (one, other) = (try await server.room(by: alice), try await server.room(by: alice))
            _ = try await server.call(.post, "/rooms/\(other)/leave", as: alice, [:]).ok()
            let rooms = try await server.call(.get, "/joined_rooms", as: alice).ok()["joined_rooms"]
            #expect((rooms?.elements).map { $0.compactMap(\.string) } == [one])
        }
    }
}
