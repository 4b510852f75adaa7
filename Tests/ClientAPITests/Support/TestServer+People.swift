import Access
import Audit
import ClientAPI
import HTTPTypes
import Identity
import Keys
import Matrix
import Storage
import Testing

extension TestServer {
    /// An administrator, signed in.
    func administrator(_ name: String = "root") async throws -> Person {
        let origin = AuditEntry.Actor.origin(.server)
        let user = try await services.accounts.create(
            name, password: Secret("correct horse battery"), role: .admin, by: origin)
        let signedIn = try await services.accounts.startSession(of: user, device: DeviceChoice(), by: origin)
        return Person(id: user.rawValue, token: signedIn.tokens.access, device: signedIn.device)
    }

    /// A guest.
    func guest() async throws -> Person {
        let made = try await call(.post, "/register?kind=guest", [:]).ok()
        return Person(
            id: try #require(made["user_id"]?.string), token: try #require(made["access_token"]?.string),
            device: try #require(made["device_id"]?.string))
    }

    /// The codes in the audit log that are about a target.
    func audited(_ target: String) async throws -> [String] {
        try await store.read { tx in
            try AuditLog.entries(from: 1, limit: 10_000, tx).filter { $0.target == target }.map(\.code)
        }
    }

    /// The answer to a user-interactive request after the password stage.
    func confirmed(_ path: String, as person: Person, _ body: [String: JSONValue] = [:]) async throws -> Answer {
        var body = body
        body["auth"] = [
            "type": "m.login.password", "password": "correct horse battery",
            "identifier": ["type": "m.id.user", "user": .string(person.id)],
        ]
        return try await call(.post, path, as: person, .object(body))
    }
}
