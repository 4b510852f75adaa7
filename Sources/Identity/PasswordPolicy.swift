import Keys

/// What a new password must be. No composition rules, as NIST SP 800-63B-4 has it: length, and not one that everybody tries.
struct PasswordPolicy {
    let minimumLength: Int
    static let maximumLength = 512

    /// - Throws: `M_WEAK_PASSWORD` with the reason.
    func check(_ password: Secret, localpart: String?) throws(IdentityError) {
        let text = password.withBytes { String(decoding: $0, as: UTF8.self) }
        guard text.count >= minimumLength else {
            throw .weakPassword("a password has at least \(minimumLength) characters")
        }
        guard password.count <= Self.maximumLength else {
            throw .weakPassword("a password has at most \(Self.maximumLength) bytes")
        }
        let folded = text.lowercased()
        guard Set(folded).count > 2 else { throw .weakPassword("this password repeats itself") }
        guard !PasswordBlocklist.entries.contains(folded) else {
            throw .weakPassword("this password is one of the first to be tried")
        }
        if let localpart, folded == localpart.lowercased() { throw .weakPassword("the password is the user name") }
    }
}
