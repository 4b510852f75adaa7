import HTTPTypes
import Matrix
import Testing

/// What every endpoint that reads rooms refuses alike.
@Suite("Reading rooms: refusals")
struct ReadErrorsTests {
    private static let event = "$" + String(repeating: "a", count: 43)
    private static let unknownRoom = "!" + String(repeating: "b", count: 43)

    /// Method, path behind the room, and the error for somebody who may not look.
    struct Endpoint: Sendable, CustomStringConvertible {
        let method: HTTPRequest.Method
        let path: String
        let status: Int
        let errcode: String
        var description: String { "\(method) \(path)" }
    }

    private static let endpoints = [
        Endpoint(method: .get, path: "/messages?dir=b", status: 403, errcode: "M_FORBIDDEN"),
        Endpoint(method: .get, path: "/context/\(event)", status: 403, errcode: "M_FORBIDDEN"),
        Endpoint(method: .get, path: "/event/\(event)", status: 404, errcode: "M_NOT_FOUND"),
        Endpoint(method: .get, path: "/members", status: 403, errcode: "M_FORBIDDEN"),
        Endpoint(method: .get, path: "/joined_members", status: 403, errcode: "M_FORBIDDEN"),
        Endpoint(method: .get, path: "/state", status: 403, errcode: "M_FORBIDDEN"),
        Endpoint(method: .get, path: "/state/m.room.name", status: 403, errcode: "M_FORBIDDEN"),
        Endpoint(method: .get, path: "/state/m.room.name/key", status: 403, errcode: "M_FORBIDDEN"),
        Endpoint(method: .post, path: "/receipt/m.read/\(event)", status: 403, errcode: "M_FORBIDDEN"),
        Endpoint(method: .post, path: "/read_markers", status: 403, errcode: "M_FORBIDDEN"),
        Endpoint(method: .put, path: "/typing/@mallory:example.org", status: 403, errcode: "M_FORBIDDEN"),
    ]

    @Test("without a token, and with one that nobody was given", arguments: endpoints)
    func tokens(endpoint: Endpoint) async throws {
        try await TestServer.run { server in
            let path = "/rooms/\(Self.unknownRoom)" + endpoint.path
            try await server.call(endpoint.method, path, body(endpoint)).expect(401, "M_MISSING_TOKEN")
            let nobody = Person(id: "@nobody:example.org", token: "syt_nothing", device: "none")
            try await server.call(endpoint.method, path, as: nobody, body(endpoint)).expect(401, "M_UNKNOWN_TOKEN")
            let alice = try await server.person("alice")
            _ = try await server.call(.post, "/logout", as: alice, [:]).ok()
            try await server.call(endpoint.method, path, as: alice, body(endpoint)).expect(401, "M_UNKNOWN_TOKEN")
        }
    }

    @Test("an unknown room, somebody else's room and a room one was only invited to look alike", arguments: endpoints)
    func strangers(endpoint: Endpoint) async throws {
        try await TestServer.run { server in
            let alice = try await server.person("alice")
            let mallory = try await server.person("mallory")
            let closed = try await server.room(by: alice, ["preset": "private_chat"])
            let invited = try await server.room(by: alice, ["preset": "private_chat", "invite": [.string(mallory.id)]])
            var seen: Set<[UInt8]> = []
            for room in [Self.unknownRoom, closed, invited] {
                let answer = try await server.call(endpoint.method, "/rooms/\(room)" + endpoint.path, as: mallory, body(endpoint))
                try answer.expect(endpoint.status, endpoint.errcode)
                seen.insert(answer.bytes)
            }
            #expect(seen.count == 1)
        }
    }

    @Test("what is no room ID is M_INVALID_PARAM", arguments: endpoints)
    func badRoom(endpoint: Endpoint) async throws {
        try await TestServer.run { server in
            let mallory = try await server.person("mallory")
            try await server.call(endpoint.method, "/rooms/nonsense" + endpoint.path, as: mallory, body(endpoint))
                .expect(400, "M_INVALID_PARAM")
        }
    }

    private func body(_ endpoint: Endpoint) -> JSONValue? {
        endpoint.method == .get ? nil : ["typing": true]
    }
}
