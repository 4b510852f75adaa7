import Access
import Audit
import HTTPSurface
import HTTPTypes
import Identity
import Matrix
import Rooms
import Storage
import Sync

extension ClientRoutes {
    /// Profiles: everybody with a session reads them, and each changes his own.
    static func profiles(_ services: ClientServices) -> [Route] {
        let whole = "/_matrix/client/v3/profile/{userId}"
        let field = whole + "/{keyName}"
        return [
            .eitherWay(.get, whole, permission: .profileRead, audit: .reads) { exchange, _ in
                .json(try await profile(exchange, services).json)
            },
            .eitherWay(.get, field, permission: .profileRead, audit: .reads) { exchange, _ in
                let key = try exchange.path("keyName")
                guard let value = try await profile(exchange, services)[key] else {
                    throw IdentityError.unknownProfileField
                }
                return .object { $0.memberRaw(key, value) }
            },
            Route(.put, field, permission: .profileUpdate, audit: .writes(.profileUpdate)) { exchange, session in
                let key = try ownField(exchange, session)
                guard let value = try await exchange.body()[key] else { throw MatrixError.missingParam("\(key) is missing") }
                let profile = try await services.accounts.setProfileField(key, to: value, by: session.requester)
                return try await show(profile, key, exchange, session, services)
            },
            Route(.delete, field, permission: .profileUpdate, audit: .writes(.profileDelete)) { exchange, session in
                let key = try ownField(exchange, session)
                let profile = try await services.accounts.deleteProfileField(key, by: session.requester)
                return try await show(profile, key, exchange, session, services)
            },
        ]
    }

    private static func profile(_ exchange: Exchange, _ services: ClientServices) async throws -> Profile {
        let user = try UserID(parsing: exchange.path("userId"))
        guard let profile = try await services.accounts.profile(of: user) else {
            throw MatrixError.notFound("there is no such profile")
        }
        return profile
    }

    /// The key of a field that the session may change.
    private static func ownField(_ exchange: Exchange, _ session: Session) throws -> String {
        guard try UserID(parsing: exchange.path("userId")) == session.user else {
            throw MatrixError.forbidden("a profile is changed by its owner only")
        }
        try session.requireUnsuspended()
        let key = try exchange.path("keyName")
        guard !session.isGuest || key == "displayname" else { throw MatrixError.guestAccessForbidden() }
        return key
    }

    /// Carries a changed name or avatar into the rooms. Done again when nothing changed, in case it was interrupted before.
    private static func show(
        _ profile: Profile, _ key: String, _ exchange: Exchange, _ session: Session, _ services: ClientServices
    ) async throws -> Reply {
        if ProfileField.isShownInRooms(key) {
            try await services.rooms.profileChanged(
                to: MemberProfile(profile), by: session.requester, at: exchange.now)
            services.sync.presence?.profileChanged(session.requester.number, to: MemberProfile(profile))
        }
        return .empty
    }
}

extension MemberProfile {
    /// What member events show of a profile.
    init(_ profile: Profile) { self.init(displayname: profile.displayName, avatarURL: profile.avatarURL) }
}

extension ClientServices {
    /// What member events of the session's person show.
    func memberProfile(of session: Session) async throws -> MemberProfile {
        let number = session.requester.number
        return MemberProfile(try await store.read { tx in try ProfileQueries.profile(number, tx) })
    }

    /// What member events of people show; those who are not known here are left out.
    func memberProfiles(of users: [UserID]) async throws -> [UserID: MemberProfile] {
        guard !users.isEmpty else { return [:] }
        return try await store.read { tx in
            var profiles: [UserID: MemberProfile] = [:]
            for user in users {
                guard let number = try tx.number(of: user) else { continue }
                profiles[user] = MemberProfile(try ProfileQueries.profile(number, tx))
            }
            return profiles
        }
    }
}
