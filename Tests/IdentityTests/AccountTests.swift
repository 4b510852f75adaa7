import Access
import Audit
import Identity
import Keys
import Matrix
import Testing

@Suite("Passwords and deactivation")
struct AccountTests {
    private let new = Secret("a new and rather long passphrase")

    @Test("a changed password replaces the old one; other sessions end unless they are spared", arguments: [true, false])
    func change(endingOthers: Bool) async throws {
        let house = try House()
        let alice = try await house.person("alice")
        let other = try await house.accounts.signIn("alice", password: House.password, device: DeviceChoice(), from: House.here)
        let session = try await house.session(alice.tokens.access)
        _ = try await house.session(other.tokens.access)
        try await house.accounts.changePassword(
            to: new, endingOthers: endingOthers, try await house.authorised(), by: session.requester)
        #expect(try await house.session(alice.tokens.access).user == alice.user)
        #expect(
            await House.errcode { _ = try await house.session(other.tokens.access) } == (endingOthers ? "M_UNKNOWN_TOKEN" : nil))
        await #expect(throws: IdentityError.wrongCredentials) {
            try await house.accounts.signIn("alice", password: House.password, device: DeviceChoice(), from: House.here)
        }
        _ = try await house.accounts.signIn("alice", password: new, device: DeviceChoice(), from: House.here)
    }

    @Test("a reset password ends every session")
    func reset() async throws {
        let house = try House()
        let alice = try await house.person("alice")
        try await house.accounts.resetPassword(of: alice.user, to: new, by: .origin(House.here))
        await #expect(throws: MatrixError.unknownToken()) { try await house.session(alice.tokens.access) }
        await #expect(throws: IdentityError.unknownAccount) {
            try await house.accounts.resetPassword(of: try UserID(parsing: "@bob:example.org"), to: new, by: .origin(House.here))
        }
    }

    @Test("a deactivated account cannot sign in, its name stays taken, its profile goes when asked", arguments: [true, false])
    func deactivate(erasing: Bool) async throws {
        let house = try House()
        let alice = try await house.person("alice", refreshes: true)
        let session = try await house.session(alice.tokens.access)
        try await house.accounts.setProfileField("displayname", to: try parsed(#""Alice""#), by: session.requester)
        try await house.accounts.deactivate(erasing: erasing, try await house.authorised(), by: session.requester)
        let user = alice.user
        await #expect(throws: MatrixError.unknownToken()) { try await house.session(alice.tokens.access) }
        await #expect(throws: IdentityError.wrongCredentials) {
            try await house.accounts.signIn("alice", password: House.password, device: DeviceChoice(), from: House.here)
        }
        await #expect(throws: IdentityError.userInUse) { try await house.accounts.checkAvailable("alice") }
        #expect(try await house.accounts.profile(of: user)?.displayName == (erasing ? nil : "Alice"))
    }

    @Test("the last administrator stays")
    func lastAdministrator() async throws {
        let house = try House()
        let alice = try await house.accounts.create("alice", password: House.password, role: .admin, by: .origin(House.here))
        await #expect(throws: IdentityError.lastAdministrator) {
            try await house.accounts.deactivate(alice, erasing: false, by: .origin(House.here))
        }
        await #expect(throws: IdentityError.lastAdministrator) {
            try await house.accounts.set(.locked, for: alice, by: .origin(House.here))
        }
        try await house.accounts.create("bob", password: House.password, role: .admin, by: .origin(House.here))
        try await house.accounts.deactivate(alice, erasing: false, by: .origin(House.here))
    }
}

@Suite("Profiles")
struct ProfileTests {
    private func alice(_ house: House) async throws -> Requester {
        try await house.session(try await house.person("alice").tokens.access).requester
    }

    @Test("fields are set, read, replaced and deleted")
    func fields() async throws {
        let house = try House()
        let alice = try await alice(house)
        #expect(try await house.accounts.profile(of: alice.user) == Profile())
        #expect(
            try await house.accounts.setProfileField("displayname", to: try parsed(#""Alice Ö 🦊""#), by: alice).displayName
                == "Alice Ö 🦊")
        #expect(
            try await house.accounts.setProfileField("displayname", to: try parsed(#""Alice Ö 🦊""#), by: alice).fields.count == 1)
        try await house.accounts.setProfileField("org.example.f", to: try parsed(#"[1.50, null]"#), by: alice)
        let profile = try #require(try await house.accounts.profile(of: alice.user))
        #expect(profile.displayName == "Alice Ö 🦊")
        #expect(profile["org.example.f"] == Array("[1.50, null]".utf8))
        try await house.accounts.deleteProfileField("displayname", by: alice)
        try await house.accounts.deleteProfileField("m.tz", by: alice)
        #expect(try await house.accounts.profile(of: alice.user)?.displayName == nil)
        #expect(try await house.accounts.profile(of: try UserID(parsing: "@bob:example.org")) == nil)
    }

    @Test("an empty name or avatar is none", arguments: ["displayname", "avatar_url"])
    func empty(key: String) async throws {
        let house = try House()
        let alice = try await alice(house)
        try await house.accounts.setProfileField(key, to: try parsed(#""mxc://example.org/abc""#), by: alice)
        for value in [#""""#, "null"] {
            try await house.accounts.setProfileField(key, to: try parsed(value), by: alice)
            #expect(try await house.accounts.profile(of: alice.user)?[key] == nil)
        }
    }

    @Test(
        "keys and values against the rules are refused",
        arguments: [
            ("displayname", "5", "M_INVALID_PARAM"), ("avatar_url", #""http://example.org/a""#, "M_INVALID_PARAM"),
            ("m.tz", "5", "M_INVALID_PARAM"), ("nodots", "1", "M_INVALID_PARAM"), ("Org.example", "1", "M_INVALID_PARAM"),
            ("org..example", "1", "M_INVALID_PARAM"), ("", "1", "M_INVALID_PARAM"),
            ("org." + String(repeating: "k", count: 252), "1", "M_KEY_TOO_LARGE"),
        ])
    func refused(key: String, value: String, errcode: String) async throws {
        let house = try House()
        let alice = try await alice(house)
        #expect(
            await House.errcode { try await house.accounts.setProfileField(key, to: try parsed(value), by: alice) } == errcode)
    }

    @Test("a profile stays below 64 KiB")
    func tooLarge() async throws {
        let house = try House()
        let alice = try await alice(house)
        let value = try parsed("\"\(String(repeating: "x", count: 40_000))\"")
        try await house.accounts.setProfileField("org.example.a", to: value, by: alice)
        #expect(
            await House.errcode {
                try await house.accounts.setProfileField("org.example.b", to: value, by: alice)
            } == "M_PROFILE_TOO_LARGE")
        #expect(try await house.accounts.profile(of: alice.user)?.fields.count == 1)
    }
}
