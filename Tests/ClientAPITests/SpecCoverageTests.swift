import ClientAPI
import Foundation
import HTTPSurface
import HTTPTypes
import Testing

/// `docs/spec-coverage.md` against the specification's OpenAPI files and against the table of routes.
@Suite("Coverage of the specification")
struct SpecCoverageTests {
    @Test("every operation that is said to be answered has a route, and none that is said to be missing")
    func table() async throws {
        let list = try CoverageList()
        let routes = try await Self.routes()
        for operation in list.operations {
            let hasRoute = routes.contains(operation.request.shape)
            switch operation.state {
            case .answered, .refused: #expect(hasRoute, "\(operation.name) has no route for \(operation.request)")
            case .notOffered: #expect(!hasRoute, "\(operation.name) is answered; say so in docs/spec-coverage.md")
            }
        }
    }

    @Test("what is not simply answered gives its reason")
    func reasons() throws {
        for operation in try CoverageList().operations where operation.state == .refused || operation.state == .notOffered {
            #expect(operation.remark.count > 20, "\(operation.name) says no word about why")
        }
    }

    @Test("no route answers that the list does not know")
    func unlisted() async throws {
        let list = try CoverageList()
        let known = Set(list.operations.map(\.request.shape)).union(list.others.map(\.shape))
        let routes = try await Self.routes()
        for route in routes where !known.contains(route) && !known.contains(Self.newest(route)) {
            Issue.record("\(route) is not in docs/spec-coverage.md")
        }
        for other in list.others { #expect(routes.contains(other.shape), "\(other) is listed and does not exist") }
    }

    @Test(
        "the list has every operation of the specification, and nothing else",
        .enabled(
            if: OpenAPIDocuments.arePresent, "../shared/matrix-spec is absent: the list was not compared with the OpenAPI files"))
    func specification() throws {
        let list = try CoverageList().operations
        let wanted = try OpenAPIDocuments.operations()
        #expect(wanted.count == 166)
        let listed = Set(list.map { "\($0.name) \($0.request)" })
        #expect(listed.count == list.count, "an operation is listed twice")
        let named = Set(wanted.map { "\($0.name) \($0.request)" })
        for missing in named.subtracting(listed).sorted() { Issue.record("not listed: \(missing)") }
        for foreign in listed.subtracting(named).sorted() { Issue.record("not in the specification: \(foreign)") }
    }

    /// The path under which the specification has what old clients of the content repository ask for.
    private static func newest(_ route: String) -> String {
        route.replacing("/_matrix/media/r0/", with: "/_matrix/media/v3/").replacing(
            "/_matrix/media/v1/", with: "/_matrix/media/v3/")
    }

    /// The shapes of all routes of the client-server API.
    private static func routes() async throws -> Set<String> {
        let found = Shapes()
        try await TestServer.run { server in
            for route in ClientRoutes.all(server.services) + ClientRoutes.wellKnown(publicURL: { "" }) {
                await found.insert(CoverageRequest(method: route.method.rawValue, path: route.path).shape)
            }
        }
        return await found.all
    }

    private actor Shapes {
        private(set) var all: Set<String> = []
        func insert(_ shape: String) { all.insert(shape) }
    }
}

/// Method and path of an operation or a route.
struct CoverageRequest: CustomStringConvertible {
    let method: String
    let path: String

    var description: String { "\(method) \(path)" }

    /// The request with the variables of its path unnamed, and without a slash at the end.
    var shape: String {
        let parts = path.split(separator: "/").map { $0.hasPrefix("{") ? "{}" : String($0) }
        return "\(method) /" + parts.joined(separator: "/")
    }

    init(method: String, path: String) {
        self.method = method
        self.path = path
    }

    /// `GET /path` between back-ticks.
    init?(cell: String) {
        let parts = cell.trimmingCharacters(in: ["`", " "]).split(separator: " ")
        guard parts.count == 2 else { return nil }
        self.init(method: String(parts[0]), path: String(parts[1]))
    }
}

/// The tables of `docs/spec-coverage.md`.
struct CoverageList {
    enum State: String {
        case answered, refused
        case notOffered = "not offered"
    }

    struct Operation {
        let name: String
        let request: CoverageRequest
        let state: State
        let remark: String
    }

    private(set) var operations: [Operation] = []
    private(set) var others: [CoverageRequest] = []

    init() throws {
        let text = try String(contentsOf: Repository.root.appending(path: "docs/spec-coverage.md"), encoding: .utf8)
        for line in text.split(separator: "\n") where line.hasPrefix("| `") {
            let cells = line.split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast()
                .map { $0.trimmingCharacters(in: .whitespaces) }
            switch cells.count {
            case 4:
                let request = try #require(CoverageRequest(cell: cells[1]), "\(line)")
                let state = try #require(State(rawValue: cells[2]), "\(line)")
                operations.append(
                    Operation(name: cells[0].trimmingCharacters(in: ["`"]), request: request, state: state, remark: cells[3]))
            case 2: others.append(try #require(CoverageRequest(cell: cells[0]), "\(line)"))
            default: Issue.record("a line of docs/spec-coverage.md has \(cells.count) cells: \(line)")
            }
        }
    }
}

/// Where the repository lies.
enum Repository {
    static let root = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
}
