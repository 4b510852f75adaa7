import Access
import Audit
import Keys
import Matrix
import Storage

extension Accounts {
    /// Who among these people is a guest.
    package static func guests(among people: [Int64], _ tx: Transaction) throws -> [Int64] {
        let guests = try Set(
            tx.rows(#"SELECT "user" FROM accounts WHERE role = ?"#, .text(Role.guest.rawValue)).map { try $0.int(0) })
        return guests.isEmpty ? [] : people.filter { guests.contains($0) }
    }

    /// The guest account that a token is of, for its owner to make it a full one.
    /// - Throws: `M_FORBIDDEN` when it is not the token of a guest of that name.
    package func guest(of token: String, named name: String?, from origin: Origin) async throws -> UserID {
        guard let session = try? await authenticate(token: token, origin: origin),  // whatever is wrong with it, it is no guest's
            session.isGuest, let name, meantUser(name) == session.user
        else { throw MatrixError.forbidden("guest_access_token and username must be those of a guest account") }
        return session.user
    }

    /// Makes a guest's account a member's: it gets a password, and its sessions as a guest end.
    /// - Parameter device: where the first session begins; nil begins none.
    /// - Throws: `M_FORBIDDEN` when the account is not a guest's any more.
    package func upgrade(
        guest user: UserID, password: Secret, device: DeviceChoice?, _ authorisation: Authorisation, from origin: Origin
    ) async throws -> SignedIn? {
        try checkNewPassword(password, forLocalpart: user.localpart)
        let hash = try await passwords.hash(password)
        let session = device.map { NewSession($0, policy) }
        let now = time()
        try await store.write { [self] tx in
            guard let account = try AccountQueries.account(of: user, tx), account.role == .guest, account.standing == .active
            else { throw MatrixError.forbidden("this is not a guest account") }
            if let token = authorisation.registrationToken, try !RegistrationTokenQueries.use(token, tx) {
                throw IdentityError.invalidRegistrationToken
            }
            try endAll(account.number, except: nil, tx)
            try tx.run(
                #"UPDATE accounts SET role = ? WHERE "user" = ?"#, .text(Role.member.rawValue), .int(account.number))
            _ = try AccountQueries.setPassword(account.number, hash, at: now, tx)
            try session?.begin(account.number, origin, at: now, self, tx)
            try AuditLog.note(
                .accountRegister, by: .origin(origin), target: user.rawValue, reason: "role member, was guest", at: now, tx)
        }
        return session?.signedIn(user)
    }
}
