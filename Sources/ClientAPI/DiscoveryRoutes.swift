import Access
import HTTPSurface
import HTTPTypes
import Identity
import Matrix
import Rooms

extension ClientRoutes {
    /// What a client asks before and right after it signs in: versions and capabilities.
    static func discovery(_ services: ClientServices) -> [Route] {
        [
            .open(.get, "/_matrix/client/versions", permission: .serverInfoRead, audit: .reads) { _ in
                .object { answer in
                    answer.memberArray("versions") { list in versions.forEach { list.string($0) } }
                    answer.memberObject("unstable_features") { features in
                        for feature in unstableFeatures { features.member(feature, true) }
                    }
                }
            },
            Route(.get, "/_matrix/client/v3/capabilities", permission: .serverInfoRead, audit: .reads) { _, session in
                capabilities(of: session, defaultVersion: services.rooms.defaultVersion)
            },
        ]
    }

    /// The documents that lead from a server name to the server.
    /// - Parameters:
    ///   - publicURL: the base URL that clients are to use.
    ///   - contact: the administrator's user ID, for `/.well-known/matrix/support`; without one there is no such document.
    package static func wellKnown(
        publicURL: @escaping @Sendable () -> String, contact: @escaping @Sendable () -> UserID? = { nil }
    ) -> [Route] {
        [
            .open(.get, "/.well-known/matrix/client", permission: .serverInfoRead, audit: .reads) { _ in
                .object { answer in
                    answer.memberObject("m.homeserver") { $0.member("base_url", publicURL()) }
                }
            },
            .open(.get, "/.well-known/matrix/support", permission: .serverInfoRead, audit: .reads) { _ in
                guard let contact = contact() else { throw MatrixError.notFound("no contact is published") }
                return .object { answer in
                    answer.memberArray("contacts") { list in
                        list.object { entry in
                            entry.member("matrix_id", contact.rawValue)
                            entry.member("role", "m.role.admin")
                        }
                    }
                }
            },
        ]
    }

    private static let versions = (1...19).map { "v1.\($0)" }

    /// Proposals that clients look for under these names: stable profile fields, simplified sliding sync.
    private static let unstableFeatures = ["org.matrix.msc4133.stable", "org.matrix.simplified_msc3575"]

    private static func capabilities(of session: Session, defaultVersion: RoomVersion) -> Reply {
        .object { answer in
            answer.memberObject("capabilities") { all in
                func enabled(_ name: String, _ flag: Bool) { all.memberObject(name) { $0.member("enabled", flag) } }
                let may = { (permission: Permission) in session.role.may(permission) }
                enabled("m.change_password", may(.passwordChange))
                all.memberObject("m.room_versions") { versions in
                    versions.member("default", defaultVersion.rawValue)
                    versions.memberObject("available") { list in
                        for version in RoomVersion.allCases { list.member(version.rawValue, "stable") }
                    }
                }
                enabled("m.set_displayname", may(.profileUpdate))
                enabled("m.set_avatar_url", may(.profileUpdate))
                enabled("m.profile_fields", may(.profileUpdate))
                enabled("m.3pid_changes", false)
                enabled("m.get_login_token", may(.passwordChange))
                enabled("m.forget_forced_upon_leave", false)
            }
        }
    }
}
