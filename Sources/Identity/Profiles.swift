import Audit
import Matrix
import Storage

/// SQL over `profiles`, for actions of other targets, too: a membership event shows its person's name and avatar.
package enum ProfileQueries {
    /// The profile of a person; empty when nothing was ever set.
    package static func profile(_ number: Int64, _ tx: Transaction) throws -> Profile {
        guard let row = try tx.first("SELECT sealed FROM profiles WHERE user = ?", .int(number)) else { return Profile() }
        return try Profile(parsing: try tx.open(try row.blob(0), .person(number), place: place(number)))
    }

    static func set(_ profile: Profile, for number: Int64, _ tx: Transaction) throws {
        let sealed = try tx.seal(profile.json, .person(number), place: place(number))
        _ = try tx.run(
            "INSERT INTO profiles(user, sealed) VALUES (?, ?) ON CONFLICT (user) DO UPDATE SET sealed = excluded.sealed",
            .int(number), .blob(sealed))
        try DirectoryPeople.changed(number, tx)
    }

    static func delete(_ number: Int64, _ tx: Transaction) throws {
        _ = try tx.run("DELETE FROM profiles WHERE user = ?", .int(number))
        try DirectoryPeople.changed(number, tx)
    }

    private static func place(_ number: Int64) -> String { "profiles/\(number)" }
}

extension Accounts {
    /// The profile of a person of this server; nil when there is no such account.
    package func profile(of user: UserID) async throws -> Profile? {
        try await store.read { tx in
            guard let account = try AccountQueries.account(of: user, tx) else { return nil }
            return try ProfileQueries.profile(account.number, tx)
        }
    }

    /// Sets a field of one's own profile.
    /// - Returns: the profile after that.
    /// - Throws: `M_INVALID_PARAM`, `M_KEY_TOO_LARGE`, `M_PROFILE_TOO_LARGE`.
    @discardableResult package func setProfileField(
        _ key: String, to value: JSON, by requester: Requester
    ) async throws -> Profile {
        try ProfileField.check(key)
        return try await change(key, try ProfileField.stored(value, for: key), by: requester)
    }

    /// Removes a field of one's own profile; one that is not there is fine.
    /// - Throws: `M_INVALID_PARAM`, `M_KEY_TOO_LARGE`.
    @discardableResult package func deleteProfileField(
        _ key: String, by requester: Requester
    ) async throws -> Profile {
        try ProfileField.check(key)
        return try await change(key, nil, by: requester)
    }

    private func change(
        _ key: String, _ value: [UInt8]?, by requester: Requester
    ) async throws -> Profile {
        let now = time()
        return try await store.write { tx in
            var profile = try ProfileQueries.profile(requester.number, tx)
            guard profile[key] != value else { return profile }
            profile.set(key, value)
            guard profile.json.count < ProfileField.profileLimit else { throw IdentityError.profileTooLarge }
            try ProfileQueries.set(profile, for: requester.number, tx)
            try AuditLog.note(value == nil ? .profileDelete : .profileUpdate, by: .requester(requester), target: key, at: now, tx)
            return profile
        }
    }
}
