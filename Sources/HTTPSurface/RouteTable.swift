import Access
import Audit
import HTTPTypes

/// All routes of the server, checked as one: a table that breaks a rule does not start.
package struct RouteTable: Sendable {
    /// Why a table was refused.
    package enum Fault: Error, Equatable, CustomStringConvertible {
        /// Two routes answer the same method and path.
        case twice(String)
        /// The route's permission is not in the catalogue.
        case unknownPermission(String)
        /// A route that changes something says that it only reads.
        case changesWithoutAudit(String)
        /// A reason for leaving no record is missing.
        case noReason(String)

        /// The sentence for the log.
        package var description: String {
            switch self {
            case .twice(let route): "two routes for \(route)"
            case .unknownPermission(let route): "\(route) asks for a permission that is not in the catalogue"
            case .changesWithoutAudit(let route): "\(route) changes something and declares no audit code"
            case .noReason(let route): "\(route) leaves no audit record and gives no reason"
            }
        }
    }

    /// The routes, in the order given.
    package let routes: [Route]

    /// Checks the routes.
    /// - Throws: ``Fault`` for the first route that breaks a rule.
    package init(_ routes: [Route]) throws(Fault) {
        var seen: Set<String> = []
        for route in routes {
            let name = "\(route.method.rawValue) \(route.path)"
            guard seen.insert(Self.shape(name)).inserted else { throw .twice(name) }
            guard Permission.catalogue.contains(route.permission) else { throw .unknownPermission(name) }
            switch route.audit {
            case .reads:
                guard route.method == .get || Self.readsThroughPost.contains(route.path) else {
                    throw .changesWithoutAudit(name)
                }
            case .unrecorded(let reason):
                guard !reason.isEmpty else { throw .noReason(name) }
            case .writes: break
            }
        }
        self.routes = routes
    }

    /// Paths whose POST only reads, because the question does not fit into a URL.
    private static let readsThroughPost: Set<String> = [
        "/_matrix/client/v3/publicRooms", "/_matrix/client/v3/search", "/_matrix/client/v3/user_directory/search",
        "/_matrix/client/v3/keys/query", "/_matrix/client/unstable/org.matrix.simplified_msc3575/sync",
    ]

    /// The path with its variables unnamed, so that `/a/{x}` and `/a/{y}` count as one.
    private static func shape(_ name: String) -> String {
        name.split(separator: "/", omittingEmptySubsequences: false)
            .map { $0.hasPrefix("{") ? "{}" : String($0) }
            .joined(separator: "/")
    }
}
