import Access
import Audit
import Keys
import Matrix
import Storage

extension Accounts {
    /// The flows that registration asks for.
    /// - Throws: `M_FORBIDDEN` where registration is closed.
    package func registrationFlows() throws -> [[AuthenticationStage]] {
        switch policy.registration {
        case .closed: throw IdentityError.registrationClosed
        case .token: [[.registrationToken]]
        case .open: [[.dummy]]
        }
    }

    /// Refuses a name that cannot be registered.
    /// - Throws: `M_INVALID_USERNAME`, `M_EXCLUSIVE`, `M_USER_IN_USE`.
    package func checkAvailable(_ name: String) async throws {
        let user = try newUser(name)
        guard try await store.read({ tx in try AccountQueries.account(of: user, tx) }) == nil else {
            throw IdentityError.userInUse
        }
    }

    /// Makes an account for somebody who asked for it himself.
    /// - Parameters:
    ///   - name: the local part; nil lets the server choose.
    ///   - device: where the first session begins; nil begins none.
    package func register(
        _ name: String?, password: Secret, device: DeviceChoice?, _ authorisation: Authorisation, from origin: Origin
    ) async throws -> (user: UserID, session: SignedIn?) {
        let user = try newUser(name ?? OpaqueToken.localpart("u"))
        try checkNewPassword(password, forLocalpart: user.localpart)
        try await checkAvailable(user.localpart)
        let hash = try await passwords.hash(password)
        let session = device.map { NewSession($0, policy) }
        try await insert(
            user, .member, hash, session, .accountRegister, by: .origin(origin), using: authorisation.registrationToken)
        return (user, session?.signedIn(user))
    }

    /// Makes a guest account, without a password.
    /// - Throws: `M_FORBIDDEN` where guests are not welcome.
    package func registerGuest(device: DeviceChoice, from origin: Origin) async throws -> SignedIn {
        guard policy.allowsGuests else { throw IdentityError.registrationClosed }
        let user = try newUser(OpaqueToken.localpart("guest-"))
        let session = NewSession(device, policy)
        try await insert(user, .guest, nil, session, .accountGuest, by: .origin(origin))
        return session.signedIn(user)
    }

    /// Makes an account for somebody else, for administrators.
    /// - Throws: `M_INVALID_USERNAME`, `M_EXCLUSIVE`, `M_USER_IN_USE`, `M_WEAK_PASSWORD`.
    @discardableResult package func create(
        _ name: String, password: Secret?, role: Role = .member, by actor: AuditEntry.Actor
    ) async throws -> UserID {
        let user = try newUser(name)
        if let password { try checkNewPassword(password, forLocalpart: user.localpart) }
        try await checkAvailable(user.localpart)
        var hash: String?
        if let password { hash = try await passwords.hash(password) }
        try await insert(user, role, hash, nil, .adminAccountCreate, by: actor)
        return user
    }

    /// One transaction: the account, the use of the token, the first session, the record.
    func insert(
        _ user: UserID, _ role: Role, _ hash: String?, _ session: NewSession?, _ code: AuditCode,
        by actor: AuditEntry.Actor, using token: [UInt8]? = nil, alsoIf condition: (@Sendable (Transaction) throws -> Void)? = nil
    ) async throws {
        let now = time()
        try await store.write { [self] tx in
            try condition?(tx)
            let number = try tx.intern(user)
            guard try AccountQueries.account(number, tx) == nil else { throw IdentityError.userInUse }
            if let token, try !RegistrationTokenQueries.use(token, tx) { throw IdentityError.invalidRegistrationToken }
            try AccountQueries.insert(number, role: role, hash: hash, at: now, tx)
            try session?.begin(number, actor.origin, at: now, self, tx)
            try AuditLog.note(code, by: actor, target: user.rawValue, reason: "role \(role.rawValue)", at: now, tx)
        }
    }
}
