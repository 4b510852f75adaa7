import ClientAPI
import HTTPTypes
import Matrix
import Rooms
import Storage
import Testing

@Suite("Reporting content")
struct ReportTests {
    @Test("a room, an event and a person are reported, sealed, and listed for those who look into it")
    func kept() async throws {
        try await TestServer.run { server in
            let alice = try await server.person("alice")
            let bob = try await server.person("bob")
            let room = try await server.room(by: bob, ["preset": "public_chat"])
            _ = try await server.call(.post, "/rooms/\(room)/join", as: alice, [:]).ok()
            let event = try await server.say("bad", in: room, by: bob)
            _ = try await server.call(.post, "/rooms/\(room)/report", as: alice, ["reason": "the whole room"]).ok()
            _ = try await server.call(.post, "/rooms/\(room)/report/\(event)", as: alice, ["reason": "this one", "score": -100])
                .ok()
            _ = try await server.call(.post, "/rooms/\(room)/report/\(event)", as: alice, [:]).ok()
            _ = try await server.call(.post, "/users/\(bob.id)/report", as: alice, ["reason": ""]).ok()
            let reports = try await server.services.rooms.reports()
            let roomID = try RoomID(parsing: room)
            #expect(
                reports.map(\.subject) == [
                    .room(roomID), .event(try EventID(parsing: event), in: roomID),
                    .event(try EventID(parsing: event), in: roomID),
                    .user(try UserID(parsing: bob.id)),
                ])
            #expect(reports.map(\.reason) == ["the whole room", "this one", "", ""])
            #expect(reports.allSatisfy { $0.reporter.rawValue == alice.id })
            #expect(try await server.audited(event) == ["room.message.send", "room.report", "room.report"])
            #expect(try await server.audited(bob.id).contains("account.report"))
        }
    }

    @Test("the answer does not tell whether a room or a person exists")
    func hidden() async throws {
        try await TestServer.run { server in
            let mallory = try await server.person("mallory")
            for path in ["/rooms/!nothing:example.org/report", "/users/@nobody:example.org/report"] {
                let answer = try await server.call(.post, path, as: mallory, ["reason": "x"])
                #expect(answer.status == 200 && answer.bytes == Array("{}".utf8))
            }
            #expect(try await server.services.rooms.reports().isEmpty)
        }
    }

    @Test("an event is reported by those who see it only")
    func events() async throws {
        try await TestServer.run { server in
            let alice = try await server.person("alice")
            let mallory = try await server.person("mallory")
            let room = try await server.room(by: alice)
            let event = try await server.say("x", in: room, by: alice)
            for (room, event) in [(room, event), (room, "$nonsense"), ("!nothing:example.org", event)] {
                try await server.call(.post, "/rooms/\(room)/report/\(event)", as: mallory, ["reason": "x"]).expect(
                    404, "M_NOT_FOUND")
            }
        }
    }

    @Test("what is malformed is refused")
    func malformed() async throws {
        try await TestServer.run { server in
            let alice = try await server.person("alice")
            let room = try await server.room(by: alice)
            try await server.call(.post, "/rooms/\(room)/report", as: alice, [:]).expect(400, "M_MISSING_PARAM")
            try await server.call(.post, "/rooms/\(room)/report", as: alice, ["reason": 5]).expect(400, "M_BAD_JSON")
            try await server.call(.post, "/users/\(alice.id)/report", as: alice, [:]).expect(400, "M_MISSING_PARAM")
            try await server.call(.post, "/users/nonsense/report", as: alice, ["reason": ""]).expect(400, "M_INVALID_PARAM")
            let long = JSONValue.string(String(repeating: "x", count: 5_000))
            try await server.call(.post, "/rooms/\(room)/report", as: alice, ["reason": long]).expect(400, "M_INVALID_PARAM")
            try await server.call(.post, "/rooms/\(room)/report", ["reason": "x"]).expect(401, "M_MISSING_TOKEN")
        }
    }

    @Test("nobody floods the desk: a hundred reports a day")
    func flood() async throws {
        try await TestServer.run { server in
            let mallory = try await server.person("mallory")
            let room = try await server.room(by: mallory)
            for _ in 0..<100 { _ = try await server.call(.post, "/rooms/\(room)/report", as: mallory, ["reason": "x"]).ok() }
            try await server.call(.post, "/rooms/\(room)/report", as: mallory, ["reason": "x"]).expect(429, "M_LIMIT_EXCEEDED")
            server.clock.advance(by: 86_400_000)
            _ = try await server.call(.post, "/rooms/\(room)/report", as: mallory, ["reason": "x"]).ok()
        }
    }
}
