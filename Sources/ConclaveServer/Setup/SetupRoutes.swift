import Access
import Audit
import HTTPSurface
import HTTPTypes
import HummingbirdCore
import Identity
import Keys
import Matrix

/// The routes of the first administrator: a page, its script and style, and the door behind it.
enum SetupRoutes {
    static func all(_ accounts: Accounts, homeserver: @escaping @Sendable () -> String) -> [Route] {
        [
            .open(.get, "/setup", permission: .serverInfoRead, audit: .reads) { exchange in
                let page = SetupPage(
                    language: .init(accepting: exchange.request.headers[.acceptLanguage]),
                    isDone: try await !accounts.needsSetUp(), serverName: accounts.serverName.rawValue)
                var reply = Reply.html(page.html)
                reply.headers[.contentSecurityPolicy] = SetupPage.contentSecurityPolicy
                return reply
            },
            asset("/setup/page.js", "text/javascript; charset=utf-8", SetupPage.script),
            asset("/setup/page.css", "text/css; charset=utf-8", SetupPage.style),
            .open(
                .post, "/_conclave/setup", permission: .serverSetUp, audit: .writes(.serverSetUp), rate: .credential
            ) { exchange in
                let body = try await exchange.body()
                let signedIn = try await accounts.setUp(
                    try body.requiredString("token"), name: try body.requiredString("username"),
                    password: Secret(try body.requiredString("password")),
                    device: try DeviceChoice(displayName: "set-up page"), from: exchange.origin)
                return .object { reply in
                    reply.member("user_id", signedIn.user.rawValue)
                    reply.member("homeserver", homeserver())
                }
            },
        ]
    }

    private static func asset(_ path: String, _ type: String, _ text: String) -> Route {
        .open(.get, path, permission: .serverInfoRead, audit: .reads) { _ in
            Reply(
                status: .ok, headers: [.contentType: type, .cacheControl: "public, max-age=300"], body: Array(text.utf8))
        }
    }
}
