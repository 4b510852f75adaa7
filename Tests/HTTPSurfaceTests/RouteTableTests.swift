import Access
import Audit
import HTTPSurface
import HTTPTypes
import Testing

@Suite("Route table")
struct RouteTableTests {
    private func route(
        _ method: HTTPRequest.Method = .get, _ path: String = "/a/{x}", _ permission: Permission = .roomRead,
        _ audit: Route.AuditDeclaration = .reads
    ) -> Route {
        Route(method, path, permission: permission, audit: audit) { _, _ in .empty }
    }

    @Test("two routes for one path and method stop the start, whatever their variables are called")
    func twice() {
        #expect(throws: RouteTable.Fault.twice("GET /a/{y}")) {
            try RouteTable([route(), route(.get, "/a/{y}")])
        }
    }

    @Test("one path with two methods is fine")
    func methods() throws {
        #expect(try RouteTable([route(), route(.put, "/a/{x}", .roomRead, .writes(.roomJoin))]).routes.count == 2)
    }

    @Test("a permission that nobody knows stops the start")
    func unknownPermission() {
        #expect(throws: RouteTable.Fault.unknownPermission("GET /a/{x}")) {
            try RouteTable([route(.get, "/a/{x}", Permission(rawValue: "everything"))])
        }
    }

    @Test("a change that says it only reads stops the start", arguments: [HTTPRequest.Method.put, .post, .delete])
    func changeWithoutAudit(_ method: HTTPRequest.Method) {
        #expect(throws: RouteTable.Fault.changesWithoutAudit("\(method.rawValue) /a/{x}")) {
            try RouteTable([route(method)])
        }
    }

    @Test("leaving no record needs a reason")
    func noReason() {
        #expect(throws: RouteTable.Fault.noReason("PUT /a/{x}")) {
            try RouteTable([route(.put, "/a/{x}", .roomRead, .unrecorded(because: ""))])
        }
    }

    @Test("every role's permissions are in the catalogue, and every permission is held by somebody")
    func catalogue() {
        let held = Role.allCases.reduce(into: Set<Permission>()) { $0.formUnion($1.permissions) }
        #expect(held == Permission.catalogue)
    }

    @Test("nobody who is not signed in may read rooms or write anything but an account of his own")
    func anonymous() {
        for permission in Role.anonymous.permissions {
            #expect(!permission.rawValue.hasPrefix("room."))
            #expect(!permission.rawValue.hasPrefix("admin."))
        }
    }
}
