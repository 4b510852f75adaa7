import HTTPTypes
import Matrix
import Testing

@Suite("GET /rooms/{roomId}/messages, /context and /event")
struct ReadMessagesTests {
    @Test("history is read backwards to its beginning, where `end` is missing")
    func backwards() async throws {
        try await TestServer.run { server in
            let alice = try await server.person("alice")
            let room = try await server.room(by: alice)
            for number in 1...15 { try await server.say("\(number)", in: room, by: alice) }
            var seen: [String] = []
            var types: [String] = []
            var from = ""
            while true {
                let page = try await server.call(.get, "/rooms/\(room)/messages?dir=b&limit=4\(from)", as: alice).ok()
                let chunk = (page["chunk"]?.elements).map(Array.init) ?? []
                seen += chunk.compactMap { $0["content"]?["body"]?.string }
                types += chunk.compactMap { $0["type"]?.string }
                #expect(
                    chunk.allSatisfy {
                        $0["room_id"]?.string == room && $0["event_id"]?.string != nil && $0["unsigned"]?["age"]?.int != nil
                    })
                guard let end = page["end"]?.string else { break }
                from = "&from=\(end)"
            }
            #expect(seen == (1...15).reversed().map { "\($0)" })
            #expect(types.last == "m.room.create")
        }
    }

    @Test("forwards without `from` begins with the room's first event")
    func forwards() async throws {
        try await TestServer.run { server in
            let alice = try await server.person("alice")
            let room = try await server.room(by: alice)
            let page = try await server.call(.get, "/rooms/\(room)/messages?dir=f&limit=1", as: alice).ok()
            #expect(page["chunk"]?[0]?["type"]?.string == "m.room.create")
            #expect(page["start"]?.string != nil)
            #expect(page["end"]?.string != nil)
        }
    }

    @Test("`to` stops the reading")
    func stopping() async throws {
        try await TestServer.run { server in
            let alice = try await server.person("alice")
            let room = try await server.room(by: alice)
            let first = try await server.call(.get, "/rooms/\(room)/messages?dir=b&limit=1", as: alice).ok()
            let start = try #require(first["start"]?.string)
            for number in 1...3 { try await server.say("\(number)", in: room, by: alice) }
            let page = try await server.call(.get, "/rooms/\(room)/messages?dir=b&limit=100&to=\(start)", as: alice).ok()
            #expect(page["chunk"]?.elements.compactMap { $0["content"]?["body"]?.string } == ["3", "2", "1"])
            #expect(page["end"] == nil)
        }
    }

    @Test("the filter chooses by type, sender and url, and lazy loading adds the senders' members")
    func filters() async throws {
        try await TestServer.run { server in
            let (alice, bob) = (try await server.person("alice"), try await server.person("bob"))
            let room = try await server.room(by: alice, ["preset": "public_chat"])
            _ = try await server.call(.post, "/rooms/\(room)/join", as: bob, [:]).ok()
            try await server.say("from bob", in: room, by: bob)
            _ = try await server.call(
                .put, "/rooms/\(room)/send/m.room.message/u1", as: alice,
                ["msgtype": "m.image", "body": "image", "url": "mxc://example.org/a"]
            ).ok()
            func bodies(_ filter: String) async throws -> [String] {
                let page = try await server.call(
                    .get, "/rooms/\(room)/messages?dir=b&limit=50&filter=\(Self.escaped(filter))", as: alice
                ).ok()
                return (page["chunk"]?.elements).map { $0.compactMap { $0["content"]?["body"]?.string } } ?? []
            }
            #expect(try await bodies(#"{"types":["m.room.message"]}"#) == ["image", "from bob"])
            #expect(try await bodies(#"{"types":["m.room.message"],"not_senders":["\#(alice.id)"]}"#) == ["from bob"])
            #expect(try await bodies(#"{"contains_url":true}"#) == ["image"])
            #expect(try await bodies(#"{"not_types":["m.*"]}"#) == [])
            #expect(try await bodies(#"{"types":["m.room.message"],"limit":1}"#) == ["image"])
            #expect(try await bodies(#"{"rooms":["!elsewhere"]}"#) == [])
            let lazy = Self.escaped(#"{"lazy_load_members":true,"senders":["\#(bob.id)"],"types":["m.room.message"]}"#)
            let page = try await server.call(.get, "/rooms/\(room)/messages?dir=b&filter=\(lazy)", as: alice).ok()
            #expect(page["state"]?.elements.compactMap { $0["state_key"]?.string } == [bob.id])
        }
    }

    @Test(
        "bad parameters are refused",
        arguments: [
            ("", "M_MISSING_PARAM"), ("dir=x", "M_INVALID_PARAM"), ("dir=b&limit=x", "M_INVALID_PARAM"),
            ("dir=b&limit=-1", "M_INVALID_PARAM"),
            ("dir=b&from=x", "M_INVALID_PARAM"), ("dir=b&to=t", "M_INVALID_PARAM"), ("dir=b&filter=%7B", "M_NOT_JSON"),
            ("dir=b&filter=%5B%5D", "M_BAD_JSON"), ("dir=b&filter=%7B%22types%22:1%7D", "M_BAD_JSON"),
        ])
    func parameters(query: String, errcode: String) async throws {
        try await TestServer.run { server in
            let alice = try await server.person("alice")
            let room = try await server.room(by: alice)
            try await server.call(.get, "/rooms/\(room)/messages?\(query)", as: alice).expect(400, errcode)
        }
    }

    @Test("who left reads up to the leave, and a stranger only while the room is world readable")
    func visibility() async throws {
        try await TestServer.run { server in
            let (alice, bob, mallory) = (
                try await server.person("alice"), try await server.person("bob"), try await server.person("mallory")
            )
            let room = try await server.room(by: alice, ["preset": "public_chat"])
            _ = try await server.call(.post, "/rooms/\(room)/join", as: bob, [:]).ok()
            try await server.say("with bob", in: room, by: alice)
            _ = try await server.call(.post, "/rooms/\(room)/leave", as: bob, [:]).ok()
            let late = try await server.say("without bob", in: room, by: alice)
            let page = try await server.call(.get, "/rooms/\(room)/messages?dir=b&limit=1", as: bob).ok()
            #expect(page["chunk"]?[0]?["content"]?["membership"]?.string == "leave")
            try await server.call(.get, "/rooms/\(room)/event/\(late)", as: bob).expect(404, "M_NOT_FOUND")
            try await server.call(.get, "/rooms/\(room)/context/\(late)", as: bob).expect(404, "M_NOT_FOUND")
            _ = try await server.call(
                .put, "/rooms/\(room)/state/m.room.history_visibility", as: alice, ["history_visibility": "world_readable"]
            ).ok()
            let open = try await server.say("for all", in: room, by: alice)
            let seen = try await server.call(.get, "/rooms/\(room)/messages?dir=b&limit=50", as: mallory).ok()
            #expect(seen["chunk"]?.elements.compactMap { $0["type"]?.string } == ["m.room.message", "m.room.history_visibility"])
            #expect(try await server.call(.get, "/rooms/\(room)/event/\(open)", as: mallory).ok()["event_id"]?.string == open)
        }
    }

    @Test("context splits the limit around the event and hands out tokens that go on from there")
    func context() async throws {
        try await TestServer.run { server in
            let alice = try await server.person("alice")
            let room = try await server.room(by: alice)
            var events: [String] = []
            for number in 1...7 { events.append(try await server.say("\(number)", in: room, by: alice)) }
            let context = try await server.call(.get, "/rooms/\(room)/context/\(events[3])?limit=4", as: alice).ok()
            func bodies(_ key: String) -> [String] {
                (context[key]?.elements).map { $0.compactMap { $0["content"]?["body"]?.string } } ?? []
            }
            #expect(context["event"]?["event_id"]?.string == events[3])
            #expect(bodies("events_before") == ["3", "2"])
            #expect(bodies("events_after") == ["5", "6"])
            #expect(context["state"]?.elements.contains { $0["type"]?.string == "m.room.create" } == true)
            let start = try #require(context["start"]?.string)
            let older = try await server.call(.get, "/rooms/\(room)/messages?dir=b&limit=1&from=\(start)", as: alice).ok()
            #expect(older["chunk"]?[0]?["content"]?["body"]?.string == "1")
        }
    }

    @Test("the sending device alone is told its transaction ID")
    func transaction() async throws {
        try await TestServer.run { server in
            let (alice, bob) = (try await server.person("alice"), try await server.person("bob"))
            let room = try await server.room(by: alice, ["preset": "public_chat"])
            _ = try await server.call(.post, "/rooms/\(room)/join", as: bob, [:]).ok()
            let event = try await server.say("hello", in: room, by: alice, transaction: "mine")
            let path = "/rooms/\(room)/event/\(event)"
            #expect(try await server.call(.get, path, as: alice).ok()["unsigned"]?["transaction_id"]?.string == "mine")
            #expect(try await server.call(.get, path, as: bob).ok()["unsigned"]?["transaction_id"] == nil)
        }
    }

    static func escaped(_ text: String) -> String {
        text.utf8.map { byte in
            let isPlain = (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            if isPlain { return String(UnicodeScalar(byte)) }
            let hex = String(byte, radix: 16, uppercase: true)
            return "%" + (hex.utf8.count == 1 ? "0" + hex : hex)
        }.joined()
    }
}
