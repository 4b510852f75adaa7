import HTTPTypes
import Identity
import Matrix
import Testing

@Suite("Account, devices, user-interactive authentication")
struct IdentityAccountTests {
    private let new = "a new and rather long passphrase"

    private func stage(_ person: Person, _ session: String?, password: String = "correct horse battery") -> JSONValue {
        var auth: [String: JSONValue] = [
            "type": "m.login.password", "password": .string(password),
            "identifier": ["type": "m.id.user", "user": .string(person.id)],
        ]
        if let session { auth["session"] = .string(session) }
        return .object(auth)
    }

    private func session(_ answer: Answer) throws -> String {
        #expect(answer.status == 401)
        return try #require(try answer.json()["session"]?.string)
    }

    @Test("the password is changed after the old one, and the other sessions end")
    func password() async throws {
        try await TestServer.run { server in
            let alice = try await server.person("alice")
            let login: JSONValue = ["type": "m.login.password", "user": "alice", "password": "correct horse battery"]
            let other = Person(
                id: alice.id, token: try #require(try await server.call(.post, "/login", login).ok()["access_token"]?.string),
                device: "")
            try await server.call(.post, "/account/password", as: alice, [:]).expect(400, "M_MISSING_PARAM")
            try await server.call(.post, "/account/password", as: alice, ["new_password": "short"]).expect(400, "M_WEAK_PASSWORD")
            try await server.call(.post, "/account/password", ["new_password": .string(new)]).expect(401, "M_MISSING_TOKEN")
            let id = try session(try await server.call(.post, "/account/password", as: alice, ["new_password": .string(new)]))
            let wrong = try await server.call(
                .post, "/account/password", as: alice,
                ["new_password": .string(new), "auth": stage(alice, id, password: "wrong")])
            try wrong.expect(401, "M_FORBIDDEN")
            #expect(try session(wrong) == id)
            _ = try await server.call(
                .post, "/account/password", as: alice, ["new_password": .string(new), "auth": stage(alice, id)]
            ).ok()
            _ = try await server.call(.get, "/account/whoami", as: alice).ok()
            try await server.call(.get, "/account/whoami", as: other).expect(401, "M_UNKNOWN_TOKEN")
            try await server.call(.post, "/login", login).expect(403, "M_FORBIDDEN")
        }
    }

    @Test("a stage may be passed at once, without asking for a session first")
    func withoutSession() async throws {
        try await TestServer.run { server in
            let alice = try await server.person("alice")
            _ = try await server.call(
                .post, "/account/password", as: alice, ["new_password": .string(new), "auth": stage(alice, nil)]
            ).ok()
        }
    }

    @Test("a session of one operation does not open another")
    func bound() async throws {
        try await TestServer.run { server in
            let alice = try await server.person("alice")
            let id = try session(try await server.call(.post, "/account/password", as: alice, ["new_password": .string(new)]))
            try await server.call(.post, "/account/deactivate", as: alice, ["auth": stage(alice, id)]).expect(403, "M_FORBIDDEN")
            _ = try await server.call(.get, "/account/whoami", as: alice).ok()
        }
    }

    @Test("a deactivated account is out of its rooms and cannot come back")
    func deactivate() async throws {
        try await TestServer.run { server in
            let alice = try await server.person("alice")
            let bob = try await server.person("bob")
            let room = try await server.room(by: bob, ["preset": "public_chat"])
            _ = try await server.call(.post, "/rooms/\(room)/join", as: alice, [:]).ok()
            let id = try session(try await server.call(.post, "/account/deactivate", as: alice, [:]))
            let done = try await server.call(.post, "/account/deactivate", as: alice, ["auth": stage(alice, id), "erase": true])
                .ok()
            #expect(done["id_server_unbind_result"]?.string == "success")
            try await server.call(.get, "/account/whoami", as: alice).expect(401, "M_UNKNOWN_TOKEN")
            let joined = try await server.call(.get, "/rooms/\(room)/joined_members", as: bob).ok()["joined"]
            #expect(joined?[alice.id] == nil && joined?[bob.id] != nil)
            try await server.call(.get, "/register/available?username=alice").expect(400, "M_USER_IN_USE")
        }
    }

    @Test("devices are listed, renamed and deleted after the password")
    func devices() async throws {
        try await TestServer.run { server in
            let alice = try await server.person("alice")
            let mallory = try await server.person("mallory")
            let login: JSONValue = [
                "type": "m.login.password", "user": "alice", "password": "correct horse battery", "device_id": "OLD",
            ]
            _ = try await server.call(.post, "/login", login).ok()
            _ = try await server.call(.put, "/devices/OLD", as: alice, ["display_name": "Library"]).ok()
            _ = try await server.call(.put, "/devices/OLD", as: alice, [:]).ok()
            let listed = try await server.call(.get, "/devices", as: alice).ok()["devices"]
            #expect(Set(listed?.elements.compactMap { $0["device_id"]?.string } ?? []) == [alice.device, "OLD"])
            #expect(try await server.call(.get, "/devices/OLD", as: alice).ok()["display_name"]?.string == "Library")
            try await server.call(.get, "/devices/OLD", as: mallory).expect(404, "M_NOT_FOUND")
            try await server.call(.put, "/devices/NONE", as: alice, ["display_name": "x"]).expect(404, "M_NOT_FOUND")
            try await server.call(.put, "/devices/OLD", as: alice, ["display_name": 5]).expect(400, "M_BAD_JSON")
            let id = try session(try await server.call(.delete, "/devices/OLD", as: alice, [:]))
            _ = try await server.call(.delete, "/devices/OLD", as: alice, ["auth": stage(alice, id)]).ok()
            try await server.call(.get, "/devices/OLD", as: alice).expect(404, "M_NOT_FOUND")
            for body in [#"{}"#, #"{"devices":"A"}"#, #"{"devices":[1]}"#] {
                #expect(try await server.call(.post, "/delete_devices", as: alice, raw: body).status == 400)
            }
            _ = try await server.call(
                .post, "/delete_devices", as: alice, ["devices": [.string(alice.device)], "auth": stage(alice, nil)]
            ).ok()
            try await server.call(.get, "/account/whoami", as: alice).expect(401, "M_UNKNOWN_TOKEN")
        }
    }

    @Test("the page of a stage passes it, and the request then names only its session")
    func page() async throws {
        try await TestServer.run { server in
            let alice = try await server.person("alice")
            let id = try session(try await server.call(.post, "/account/password", as: alice, ["new_password": .string(new)]))
            let page = "/auth/m.login.password/fallback/web?session=\(id)"
            let shown = try await server.call(.get, page)
            #expect(shown.status == 200 && shown.headers[.contentType]?.hasPrefix("text/html") == true)
            #expect(!String(decoding: shown.bytes, as: UTF8.self).contains("onAuthDone"))
            let wrong = try await server.call(.post, page, raw: "user=alice&secret=wrong")
            #expect(String(decoding: wrong.bytes, as: UTF8.self).contains("role=\"alert\""))
            let right = try await server.call(.post, page, raw: "user=&secret=correct+horse%20battery")
            #expect(String(decoding: right.bytes, as: UTF8.self).contains("onAuthDone"))
            _ = try await server.call(.post, "/account/password", as: alice, ["auth": ["session": .string(id)]]).ok()
            try await server.call(.get, "/auth/m.login.password/fallback/web?session=%3Cscript%3E").expect(404, "M_NOT_FOUND")
            try await server.call(.get, "/auth/m.login.password/fallback/web").expect(400, "M_MISSING_PARAM")
        }
    }

    @Test("versions, capabilities and contacts say what there is")
    func discovery() async throws {
        try await TestServer.run { server in
            let alice = try await server.person("alice")
            let versions = try await server.call(.get, "/_matrix/client/versions").ok()["versions"]
            #expect(versions?.elements.compactMap(\.string).contains("v1.19") == true)
            let all = try await server.call(.get, "/capabilities", as: alice).ok()["capabilities"]
            #expect(all?["m.room_versions"]?["default"]?.string == "12")
            #expect(all?["m.change_password"]?["enabled"]?.bool == true && all?["m.3pid_changes"]?["enabled"]?.bool == false)
            #expect(try await server.call(.get, "/account/3pid", as: alice).ok()["threepids"]?.count == 0)
            try await server.call(.get, "/capabilities").expect(401, "M_MISSING_TOKEN")
        }
    }
}
