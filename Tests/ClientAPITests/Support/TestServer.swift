import ClientAPI
import Crypto
import Foundation
import HTTPSurface
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Identity
import Keys
import Logging
import Matrix
import Media
import NIOCore
import Rooms
import Storage
import Sync
import Synchronization
import Testing

/// A whole server in memory but for its database, which lies in a temporary directory. Only the clock is invented.
struct TestServer: Sendable {
    /// A clock that stands still until it is told to move, in milliseconds since 1970.
    final class TestClock: Sendable {
        private let time = Mutex<Int64>(1_790_000_000_000)
        /// The time. Each look takes a millisecond, so that events have an order.
        var now: Int64 {
            time.withLock {
                $0 += 1; return $0
            }
        }
        func advance(by milliseconds: Int64) { time.withLock { $0 += milliseconds } }
    }

    let services: ClientServices
    let clock: TestClock
    let client: any TestClientProtocol
    let store: Store

    /// Runs a test against a fresh server.
    static func run(
        policy: @Sendable (inout IdentityPolicy) -> Void = { _ in }, limits: SurfaceLimits = .withoutRates,
        mediaPolicy: MediaPolicy = MediaPolicy(),
        _ body: @Sendable (TestServer) async throws -> Void
    ) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "conclave-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }  // a left-over directory harms no test
        let clock = TestClock()
        var options = Store.Options(directory: directory, masterKey: .random(), migrations: ServerSchema.migrations)
        options.holdings = ServerSchema.holdings
        let store = try Store.open(options)
        var identityPolicy = IdentityPolicy()
        identityPolicy.registration = .open
        identityPolicy.throttlesSignIn = false
        policy(&identityPolicy)
        let media = try MediaRepository(
            store: store, serverName: ServerName(parsing: "example.org"), directory: directory.path + "/media",
            policy: mediaPolicy)
        let services = try await ClientServices.open(
            store: store, serverName: ServerName(parsing: "example.org"), policy: identityPolicy,
            signer: .random(for: ServerName(parsing: "example.org")), defaultVersion: .v12, media: media,
            time: { clock.now })
        let gate = Gate(
            limits: limits, store: store, now: { clock.now },
            authenticate: { try await services.accounts.authenticate(token: $0, origin: $1, lockedToo: $2) })
        let surface = Surface(try RouteTable(ClientRoutes.all(services)), gate: gate)
        let app = Application(responder: surface, logger: Self.quiet)
        try await app.test(.router) { client in
            try await body(TestServer(services: services, clock: clock, client: client, store: store))
        }
        await store.close()
    }

    /// Hummingbird keeps the request's number in the logger, so it must be one that remembers.
    private static let quiet: Logger = {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }()

    /// Sends a request.
    func call(
        _ method: HTTPRequest.Method, _ path: String, as person: Person? = nil, _ body: JSONValue? = nil,
        raw: String? = nil, headers: HTTPFields = [:]
    ) async throws -> Answer {
        var headers = headers
        if let token = person?.token { headers[.authorization] = "Bearer \(token)" }
        let bytes = raw.map { Array($0.utf8) } ?? body?.canonical()
        let full = path.hasPrefix("/_") || path.hasPrefix("/.") ? path : "/_matrix/client/v3" + path
        return try await client.execute(
            uri: full, method: method, headers: headers, body: bytes.map { ByteBuffer(bytes: $0) }
        ) { response in
            Answer(
                status: response.status.code, headers: response.headers, bytes: Array(response.body.readableBytesView))
        }
    }

    /// Sends a request of somebody who is not signed in.
    func call(_ method: HTTPRequest.Method, _ path: String, _ body: JSONValue?) async throws -> Answer {
        try await call(method, path, as: nil, body)
    }

    /// Registers somebody.
    func person(_ name: String, password: String = "correct horse battery") async throws -> Person {
        let answer = try await call(
            .post, "/register",
            [
                "username": .string(name), "password": .string(password), "device_id": .string("\(name)-device"),
                "auth": ["type": "m.login.dummy"],
            ])
        let json = try answer.ok()
        return Person(
            id: try #require(json["user_id"]?.string), token: try #require(json["access_token"]?.string),
            device: try #require(json["device_id"]?.string))
    }

    /// Creates a room and returns its ID.
    func room(by person: Person, _ body: JSONValue = [:]) async throws -> String {
        try #require(try await call(.post, "/createRoom", as: person, body).ok()["room_id"]?.string)
    }

    /// Sends a text message and returns its event ID.
    @discardableResult
    func say(_ text: String, in room: String, by person: Person, transaction: String = UUID().uuidString) async throws -> String {
        let answer = try await call(
            .put, "/rooms/\(room)/send/m.room.message/\(transaction)", as: person,
            ["msgtype": "m.text", "body": .string(text)])
        return try #require(try answer.ok()["event_id"]?.string)
    }
}

/// Somebody who is signed in.
struct Person: Sendable {
    let id: String
    let token: String
    let device: String
}

/// An answer of the server.
struct Answer: Sendable {
    let status: Int
    let headers: HTTPFields
    let bytes: [UInt8]

    /// The body as JSON.
    func json() throws -> JSON { try JSON(parsing: bytes, limits: .init(maxBytes: 1 << 26, maxDepth: 100)) }

    /// The body of an answer that must be 200.
    func ok(_ location: SourceLocation = #_sourceLocation) throws -> JSON {
        #expect(status == 200, "\(String(decoding: bytes.prefix(500), as: UTF8.self))", sourceLocation: location)
        return try json()
    }

    /// Expects an error of the specification.
    func expect(_ status: Int, _ errcode: String, _ location: SourceLocation = #_sourceLocation) throws {
        let seen = String(decoding: bytes.prefix(500), as: UTF8.self)
        #expect(self.status == status, "\(seen)", sourceLocation: location)
        #expect(try json()["errcode"]?.string == errcode, "\(seen)", sourceLocation: location)
        #expect(try json()["error"]?.string?.isEmpty == false, sourceLocation: location)
    }
}
