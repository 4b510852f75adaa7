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

    private static let versions = (1...19).map { "v1.\($0)" }

    /// Proposals that clients look for under these names: stable profile fields, simplified sliding sync, dehydrated devices,
    /// threads that one follows, and those in which something was said.
    private static let unstableFeatures = [
        "org.matrix.msc4133.stable", "org.matrix.simplified_msc3575", "org.matrix.msc3814", "org.matrix.msc3814.v1",
        "org.matrix.msc4306", "org.matrix.msc4308", "org.matrix.msc4360",
    ]

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
                enabled("m.set_avatar_url", may(.profileUpdate) && !session.isGuest)
                all.memberObject("m.profile_fields") { fields in
                    fields.member("enabled", may(.profileUpdate))
                    // A guest changes his name and nothing else.
                    if session.isGuest { fields.memberArray("allowed") { $0.string("displayname") } }
                }
                if may(.accountModerate) {
                    all.memberObject("m.account_moderation") { moderation in
                        moderation.member("suspend", true)
                        moderation.member("lock", true)
                    }
                }
                enabled("m.3pid_changes", false)
                enabled("m.get_login_token", may(.passwordChange))
                enabled("m.forget_forced_upon_leave", false)
            }
        }
    }
}
