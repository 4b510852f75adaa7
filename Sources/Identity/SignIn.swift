import Audit
import Keys
import Matrix
import Storage

/// Proof that somebody showed the password of an account. Only ``Accounts`` can make one.
struct PasswordProof: Sendable {
    let number: Int64
    let user: UserID
    let version: Int64

    fileprivate init(number: Int64, user: UserID, version: Int64) {
        self.number = number
        self.user = user
        self.version = version
    }
}

extension Accounts {
    /// Begins a session with a name and a password.
    /// - Parameter name: a user ID of this server or its local part.
    /// - Throws: `M_FORBIDDEN` in the same words and time for a wrong password and an unknown name; `M_USER_LOCKED`;
    ///   `M_LIMIT_EXCEEDED` after too many failures.
    package func signIn(
        _ name: String, password: Secret, device: DeviceChoice, from origin: Origin
    ) async throws -> SignedIn {
        let proof = try await prove(name, password, from: origin)
        return try await beginSession(proof, device, from: origin)
    }

    /// Begins a session with a login token, which is used up.
    /// - Throws: `M_FORBIDDEN` when the token is not valid (any more).
    package func signIn(loginToken: String, device: DeviceChoice, from origin: Origin) async throws -> SignedIn {
        let now = time()
        let session = NewSession(device, policy)
        let subjects: [Throttle.Subject] = [.address(origin.address)]
        try throttle.begin(subjects, at: now)
        let result: Result<UserID, IdentityError> = try await store.write { [self] tx in
            guard let number = try LoginTokenQueries.take(tx.tag(loginToken, .loginToken), at: now, tx),
                let account = try AccountQueries.account(number, tx), account.standing != .deactivated
            else {
                try AuditLog.note(
                    .sessionLoginFailed, by: .origin(origin), outcome: .denied, reason: "login token", at: now, tx)
                return .failure(.wrongCredentials)
            }
            guard account.standing != .locked else { return .failure(.locked) }
            try session.begin(number, origin, at: now, self, tx)
            try noteSignIn(number, account.user, session.device, origin, "login token", now, tx)
            return .success(account.user)
        }
        let user = try result.get()
        throttle.succeeded(subjects)
        return session.signedIn(user)
    }

    /// Begins a session for an account without asking it for anything: for commands on the server's own machine.
    /// - Throws: `M_NOT_FOUND`, `M_USER_LOCKED`.
    package func startSession(of user: UserID, device: DeviceChoice, by actor: AuditEntry.Actor) async throws -> SignedIn {
        let now = time()
        let session = NewSession(device, policy)
        try await store.write { [self] tx in
            guard let account = try AccountQueries.account(of: user, tx), account.standing != .deactivated else {
                throw IdentityError.unknownAccount
            }
            guard account.standing != .locked else { throw IdentityError.locked }
            try session.begin(account.number, actor.origin, at: now, self, tx)
            try AuditLog.note(
                .sessionLogin, by: actor, target: user.rawValue, reason: "started by command for device \(session.device)",
                at: now, tx)
        }
        return session.signedIn(user)
    }

    /// Checks a name and a password, slowing down after failures. Denials are recorded.
    func prove(_ name: String, _ password: Secret, from origin: Origin) async throws -> PasswordProof {
        let now = time()
        let user = meantUser(name)
        let subjects: [Throttle.Subject] = [
            .account(user?.localpart ?? String(name.prefix(255))), .address(origin.address),
        ]
        try throttle.begin(subjects, at: now)
        let credentials: Credentials?
        let fits: Bool
        do {
            credentials = try await store.read { tx in try user.flatMap { try AccountQueries.credentials(of: $0, tx) } }
            fits = try await passwords.verify(password, credentials?.hash)
        } catch {
            throttle.withdrawn(subjects)
            throw error
        }
        guard fits, let user, let credentials, credentials.standing != .deactivated else {
            try await store.write { tx in
                try AuditLog.note(
                    .sessionLoginFailed, by: .origin(origin), target: String(name.prefix(255)), outcome: .denied,
                    reason: "password", at: now, tx)
            }
            throw IdentityError.wrongCredentials
        }
        throttle.succeeded(subjects)
        guard credentials.standing != .locked else { throw IdentityError.locked }
        try await renewHash(credentials, password)
        return PasswordProof(number: credentials.number, user: user, version: credentials.version)
    }

    private func renewHash(_ credentials: Credentials, _ password: Secret) async throws {
        guard let hash = credentials.hash, PasswordHasher.isOutdated(hash) else { return }
        let renewed = try await passwords.hash(password)
        try await store.write { tx in try AccountQueries.rehash(credentials, renewed, tx) }
    }

    private func beginSession(
        _ proof: PasswordProof, _ device: DeviceChoice, from origin: Origin
    ) async throws -> SignedIn {
        let now = time()
        let session = NewSession(device, policy)
        try await store.write { [self] tx in
            // The password may have been changed, or the account locked, while its hash was computed.
            guard let current = try AccountQueries.credentials(of: proof.user, tx), current.version == proof.version,
                current.standing != .deactivated, current.standing != .locked
            else { throw IdentityError.wrongCredentials }
            try session.begin(proof.number, origin, at: now, self, tx)
            try noteSignIn(proof.number, proof.user, session.device, origin, "password", now, tx)
        }
        return session.signedIn(proof.user)
    }

    private func noteSignIn(
        _ number: Int64, _ user: UserID, _ device: String, _ origin: Origin, _ means: String, _ now: Int64,
        _ tx: Transaction
    ) throws {
        let requester = Requester(user: user, number: number, device: device, origin: origin)
        try AuditLog.note(.sessionLogin, by: .requester(requester), target: device, reason: means, at: now, tx)
    }
}
