import Audit
import ClientAPI
import HTTPTypes
import Matrix
import Rooms
import Sync
import Testing

@Suite("Server notices")
struct NoticeTests {
    private func notify(_ person: Person, _ text: String, _ server: TestServer) async throws {
        try await ServerNotices(server.services.rooms).send(
            text, to: UserID(parsing: person.id), by: .origin(.server), at: server.clock.now)
    }

    @Test("one invites into one tagged room; the notice is there, and the next one comes into the same room")
    func notices() async throws {
        try await TestServer.run { server in
            let alice = try await server.person("alice")
            try await notify(alice, "We move tonight.", server)
            let first = try await server.call(.get, "/sync", as: alice).ok()
            let invited = try #require(first["rooms"]?["invite"])
            #expect(invited.count == 1)
            let room = try #require(invited.members.first { _ in true }?.key)
            _ = try await server.call(.post, "/rooms/\(room)/join", as: alice, [:]).ok()
            try await notify(alice, "Done.", server)
            let joined = try await server.call(.get, "/sync", as: alice).ok()["rooms"]?["join"]
            #expect(joined?.count == 1)
            let texts = joined?[room]?["timeline"]?["events"]?.elements.compactMap { event in
                event["content"]?["msgtype"]?.string == "m.server_notice" ? event["content"]?["body"]?.string : nil
            }
            #expect(texts == ["We move tonight.", "Done."])
            let tags = try await server.call(.get, "/user/\(alice.id)/rooms/\(room)/tags", as: alice).ok()["tags"]
            #expect(tags?["m.server_notice"] != nil)
            try await server.call(
                .put, "/rooms/\(room)/send/m.room.message/1", as: alice, ["msgtype": "m.text", "body": "hello?"]
            ).expect(403, "M_FORBIDDEN")
            #expect(try await server.audited(alice.id).filter { $0 == "admin.notice.send" }.count == 2)
        }
    }

    @Test("the invitation cannot be declined; whoever joined may leave, and is invited again")
    func declining() async throws {
        try await TestServer.run { server in
            let alice = try await server.person("alice")
            try await notify(alice, "1", server)
            let invited = try await server.call(.get, "/sync", as: alice).ok()["rooms"]?["invite"]
            let room = try #require(invited?.members.first { _ in true }?.key)
            try await server.call(.post, "/rooms/\(room)/leave", as: alice, [:]).expect(403, "M_CANNOT_LEAVE_SERVER_NOTICE_ROOM")
            try await server.call(
                .put, "/rooms/\(room)/state/m.room.member/\(alice.id)", as: alice, ["membership": "leave"]
            ).expect(403, "M_CANNOT_LEAVE_SERVER_NOTICE_ROOM")
            _ = try await server.call(.post, "/rooms/\(room)/join", as: alice, [:]).ok()
            _ = try await server.call(.post, "/rooms/\(room)/leave", as: alice, [:]).ok()
            try await notify(alice, "2", server)
            let again = try await server.call(.get, "/sync", as: alice).ok()["rooms"]?["invite"]
            #expect(again?[room] != nil && again?.count == 1)
        }
    }

    @Test("an account ends although its notices cannot be declined")
    func deactivation() async throws {
        try await TestServer.run { server in
            let alice = try await server.person("alice")
            try await notify(alice, "1", server)
            _ = try await server.confirmed("/account/deactivate", as: alice).ok()
        }
    }

    @Test("mallory cannot take the name that notices come from")
    func reserved() async throws {
        try await TestServer.run { server in
            try await server.call(
                .post, "/register",
                ["username": "notices", "password": "correct horse battery", "auth": ["type": "m.login.dummy"]]
            ).expect(400, "M_EXCLUSIVE")
        }
    }
}
