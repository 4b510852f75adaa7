import HTTPTypes
import Matrix
import Storage
import Testing

@Suite("Erasure: POST /account/deactivate with erase")
struct ErasureTests {
    @Test("who was there sees what was said; who comes later gets it redacted")
    func visibility() async throws {
        try await TestServer.run { server in
            let alice = try await server.person("alice")
            let bob = try await server.person("bob")
            let carol = try await server.person("carol")
            _ = try await server.call(.put, "/profile/\(alice.id)/displayname", as: alice, ["displayname": "Alice A."]).ok()
            let room = try await server.room(by: bob, ["preset": "public_chat"])
            _ = try await server.call(.post, "/rooms/\(room)/join", as: alice, [:]).ok()
            let event = try await server.say("my secret", in: room, by: alice)
            let other = try await server.say("bob's word", in: room, by: bob)
            _ = try await server.confirmed("/account/deactivate", as: alice, ["erase": true]).ok()
            _ = try await server.call(.post, "/rooms/\(room)/join", as: carol, [:]).ok()

            let path = "/rooms/\(room)/event/"
            #expect(try await server.call(.get, path + event, as: bob).ok()["content"]?["body"]?.string == "my secret")
            let shown = try await server.call(.get, path + event, as: carol).ok()
            #expect(shown["content"]?.count == 0 && shown["event_id"]?.string == event && shown["sender"]?.string == alice.id)
            #expect(try await server.call(.get, path + other, as: carol).ok()["content"]?["body"]?.string == "bob's word")
            for path in ["/rooms/\(room)/messages?dir=b&limit=100", "/sync", "/rooms/\(room)/context/\(event)"] {
                let text = String(decoding: try await server.call(.get, path, as: carol).bytes, as: UTF8.self)
                #expect(!text.contains("my secret"), "\(path)")
                let before = String(decoding: try await server.call(.get, path, as: bob).bytes, as: UTF8.self)
                #expect(path == "/sync" || before.contains("my secret"), "\(path)")
            }
            let messages = String(
                decoding: try await server.call(.get, "/rooms/\(room)/messages?dir=b&limit=100", as: carol).bytes, as: UTF8.self)
            #expect(!messages.contains("Alice A."))
        }
    }

    @Test("everything that is kept of the person goes, with the key")
    func shredded() async throws {
        try await TestServer.run { server in
            let alice = try await server.person("alice")
            let room = try await server.room(by: alice)
            _ = try await server.call(.put, "/profile/\(alice.id)/displayname", as: alice, ["displayname": "Alice"]).ok()
            _ = try await server.call(.put, "/user/\(alice.id)/account_data/org.example.x", as: alice, ["x": 1]).ok()
            _ = try await server.call(.put, "/user/\(alice.id)/rooms/\(room)/tags/u.work", as: alice, [:]).ok()
            _ = try await server.call(.post, "/user/\(alice.id)/filter", as: alice, [:]).ok()
            let number = try await server.store.read { tx in try tx.number(of: UserID(parsing: alice.id)) ?? -1 }
            _ = try await server.confirmed("/account/deactivate", as: alice, ["erase": true]).ok()
            let left = try await server.store.read { tx in
                var left: [String] = []
                for table in ["profiles", "devices", "access_tokens", "login_tokens"]
                where try tx.first(#"SELECT 1 FROM \#(table) WHERE "user" = ?"#, .int(number)) != nil { left.append(table) }
                for table in ["account_data", "sync_filters"]
                where try tx.first("SELECT 1 FROM \(table) WHERE person = ?", .int(number)) != nil { left.append(table) }
                if try tx.first("SELECT 1 FROM data_keys WHERE scope = ?", .text("person/\(number)")) != nil {
                    left.append("key")
                }
                if try tx.erasure(of: number) == nil { left.append("no record of the erasure") }
                return left
            }
            #expect(left == [])
            await #expect(throws: StorageError.self) {
                try await server.store.write { tx in _ = try tx.seal([1], .person(number), place: "x") }
            }
            // The name stays taken, and the others can go on.
            try await server.call(.get, "/register/available?username=alice").expect(400, "M_USER_IN_USE")
            let bob = try await server.person("bob")
            _ = try await server.call(.get, "/profile/\(alice.id)", as: bob)
        }
    }
}
