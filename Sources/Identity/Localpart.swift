import Matrix

/// The local part of user IDs: what may be registered, and what people type.
extension Accounts {
    /// The user ID for a new account. Capitals are folded; everything else must fit the grammar.
    /// - Throws: `M_INVALID_USERNAME`, `M_EXCLUSIVE`.
    func newUser(_ name: String) throws(IdentityError) -> UserID {
        let localpart = Self.folded(name)
        guard !localpart.isEmpty, let user = try? UserID(localpart: localpart, serverName: serverName) else {
            // The grammar's own sentence is about parameters; this one names what is allowed.
            throw .invalidUsername
        }
        guard !policy.reservedLocalparts.contains(localpart) else { throw .reserved }
        return user
    }

    /// The user ID that somebody means who types a user ID of this server or just its local part.
    func meantUser(_ name: String) -> UserID? {
        var localpart = Self.folded(name)
        if localpart.hasPrefix("@") {
            guard let colon = localpart.firstIndex(of: ":") else { return nil }
            let server = localpart[localpart.index(after: colon)...]
            guard server == serverName.rawValue.lowercased() else { return nil }
            localpart = String(localpart[localpart.index(after: localpart.startIndex)..<colon])
        }
        // What is against the grammar is nobody's name, so the error says nothing that nil does not.
        return localpart.isEmpty ? nil : try? UserID(localpart: localpart, serverName: serverName)
    }

    /// ASCII capitals become small letters; other letters stay, and fail.
    private static func folded(_ name: String) -> String {
        String(
            String.UnicodeScalarView(
                name.unicodeScalars.map { scalar in
                    ("A"..."Z").contains(scalar) ? Unicode.Scalar(UInt8(scalar.value) + 32) : scalar
                }))
    }
}
