import Access
import Audit
import HTTPSurface
import HTTPTypes
import Identity
import Matrix

extension ClientRoutes {
    /// What administrators do with accounts: look, lock, suspend.
    ///
    /// [Specification](https://spec.matrix.org/v1.19/client-server-api/#server-administration)
    static func moderation(_ services: ClientServices) -> [Route] {
        restriction("lock", "locked", .lock, .accountLock, services)
            + restriction("suspend", "suspended", .suspension, .accountSuspend, services) + [
                Route(
                    .get, "/_matrix/client/v3/admin/whois/{userId}", permission: .accountInspect, audit: .writes(.adminRead)
                ) { exchange, session in
                    let user = try UserID(parsing: exchange.path("userId"))
                    let devices = try await services.accounts.whois(user, by: session.requester, role: session.role)
                    return .object { answer in
                        answer.member("user_id", user.rawValue)
                        answer.memberObject("devices") { list in
                            for device in devices { list.memberObject(device.id) { $0.connections(of: device) } }
                        }
                    }
                }
            ]
    }

    private static func restriction(
        _ verb: String, _ state: String, _ restriction: Restriction, _ code: AuditCode, _ services: ClientServices
    ) -> [Route] {
        let path = "/_matrix/client/v1/admin/\(verb)/{userId}"
        return [
            Route(.get, path, permission: .accountModerate, audit: .reads) { exchange, session in
                let isOn = try await services.accounts.isRestricted(
                    UserID(parsing: exchange.path("userId")), restriction, asking: session.requester)
                return .object { $0.member(state, isOn) }
            },
            Route(.put, path, permission: .accountModerate, audit: .writes(code)) { exchange, session in
                let user = try UserID(parsing: exchange.path("userId"))
                guard let isOn = try await exchange.body().optionalBool(state) else {
                    throw MatrixError.missingParam("\(state) is missing")
                }
                try await services.accounts.restrict(user, restriction, isOn, by: session.requester)
                return .object { $0.member(state, isOn) }
            },
        ]
    }
}

extension JSONWriter {
    /// The one session of a device, and from where it was used last.
    fileprivate mutating func connections(of device: Device) {
        memberArray("sessions") { sessions in
            sessions.object { session in
                session.memberArray("connections") { connections in
                    guard let seen = device.lastSeenAt else { return }
                    connections.object { connection in
                        if let address = device.lastSeenAddress { connection.member("ip", address) }
                        connection.member("last_seen", seen)
                        if let agent = device.lastSeenAgent { connection.member("user_agent", agent) }
                    }
                }
            }
        }
    }
}
