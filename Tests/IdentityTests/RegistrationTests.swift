import Access
import Audit
import Crypto
import Identity
import Keys
import Matrix
import Testing

@Suite("Registration")
struct RegistrationTests {
    @Test("an account is made with its first session, or without one")
    func register() async throws {
        let house = try House()
        let alice = try await house.accounts.register(
            "alice", password: House.password, device: DeviceChoice(id: "D"), try await house.authorised(), from: House.here)
        #expect(alice.user.rawValue == "@alice:example.org" && alice.session?.device == "D")
        let bob = try await house.accounts.register(
            nil, password: House.password, device: nil, try await house.authorised(), from: House.here)
        #expect(bob.session == nil && bob.user.isStrict)
        #expect(try await house.accounts.accounts().map(\.user) == [alice.user, bob.user])
    }

    @Test(
        "names outside the grammar are refused",
        arguments: ["", "with space", "über", "a:b", "@alice", String(repeating: "x", count: 260)])
    func grammar(name: String) async throws {
        let house = try House()
        await #expect(throws: IdentityError.invalidUsername) { try await house.accounts.checkAvailable(name) }
    }

    @Test(
        "names with each allowed character are taken, capitals are folded",
        arguments: ["a.b", "a_b", "a=b", "a-b", "a/b", "a+b", "Alice"])
    func allowed(name: String) async throws {
        let house = try House()
        try await house.accounts.create(name, password: nil, by: .origin(House.here))
        await #expect(throws: IdentityError.userInUse) { try await house.accounts.checkAvailable(name.uppercased()) }
    }

    @Test("a reserved name is exclusive")
    func reserved() async throws {
        let house = try House()
        #expect(await House.errcode { try await house.accounts.checkAvailable("Server") } == "M_EXCLUSIVE")
    }

    @Test("of a hundred who want one name at once one gets it")
    func race() async throws {
        let house = try House()
        let made = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<100 {
                group.addTask {
                    (try? await house.accounts.create("alice", password: nil, by: .origin(House.here))) != nil
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(made == 1)
    }

    @Test("weak passwords are refused", arguments: ["short", "password123", "PASSWORD", "aaaaaaaaaaaa", "alice-liddell"])
    func weak(password: String) async throws {
        let house = try House()
        #expect(
            await House.errcode {
                try await house.accounts.create("alice-liddell", password: Secret(password), by: .origin(House.here))
            } == "M_WEAK_PASSWORD")
    }

    @Test("registration and guests are closed unless the policy opens them")
    func closed() async throws {
        let house = try House { $0.registration = .closed }
        #expect(throws: IdentityError.registrationClosed) { try house.accounts.registrationFlows() }
        await #expect(throws: IdentityError.registrationClosed) {
            try await house.accounts.registerGuest(device: DeviceChoice(), from: House.here)
        }
        await #expect(throws: IdentityError.registrationClosed) { try await house.accounts.isValid(registrationToken: "x") }
        let open = try House { $0.allowsGuests = true }
        let guest = try await open.accounts.registerGuest(device: DeviceChoice(), from: House.here)
        #expect(try await open.session(guest.tokens.access).isGuest)
    }

    @Test("a registration token makes as many accounts as it says, also when all come at once")
    func tokens() async throws {
        let house = try House {
            $0.registration = .token; $0.throttlesSignIn = false; $0.hashesWaiting = 100
        }
        let token = try await house.accounts.makeRegistrationToken(usesAllowed: 3, lifetime: nil, by: .origin(House.here))
        #expect(try await house.accounts.isValid(registrationToken: token.token))
        let made = await withTaskGroup(of: Bool.self) { group in
            for n in 0..<20 {
                group.addTask {
                    do {
                        let body = try parsed(#"{"auth":{"type":"m.login.registration_token","token":"\#(token.token)"}}"#)
                        let request = try house.accounts.interactiveRequest(
                            body, for: House.operation, flows: try house.accounts.registrationFlows())
                        let passed = try await house.accounts.authorise(request, session: nil, from: House.here)
                        _ = try await house.accounts.register(
                            "user\(n)", password: House.password, device: nil, passed, from: House.here)
                        return true
                    } catch { return false }
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(made == 3)
        #expect(try await house.accounts.isValid(registrationToken: token.token) == false)
        #expect(try await house.accounts.registrationTokens().map(\.completed) == [3])
    }

    @Test("a registration token runs out, can be taken back, and is not made twice")
    func tokenLife() async throws {
        let house = try House { $0.registration = .token }
        let by = AuditEntry.Actor.origin(House.here)
        _ = try await house.accounts.makeRegistrationToken("spring", usesAllowed: nil, lifetime: 1_000, by: by)
        #expect(
            await House.errcode {
                _ = try await house.accounts.makeRegistrationToken("spring", usesAllowed: 1, lifetime: nil, by: by)
            } == "M_INVALID_PARAM")
        #expect(
            await House.errcode {
                _ = try await house.accounts.makeRegistrationToken("not a token", usesAllowed: 1, lifetime: nil, by: by)
            } == "M_INVALID_PARAM")
        #expect(try await house.accounts.isValid(registrationToken: "spring"))
        house.clock.advance(1_000)
        #expect(try await house.accounts.isValid(registrationToken: "spring") == false)
        try await house.accounts.deleteRegistrationToken("spring", by: by)
        #expect(await House.errcode { try await house.accounts.deleteRegistrationToken("spring", by: by) } == "M_NOT_FOUND")
    }

    @Test("the registration secret makes accounts once per nonce")
    func sharedSecret() async throws {
        let secret = SymmetricKey(data: Array("desk".utf8))
        let house = try House {
            $0.registration = .closed; $0.registrationSecret = secret
        }
        func register(_ name: String, nonce: String, said: String = "notadmin", isAdmin: Bool = false) async throws -> UserID {
            let message = "\(nonce)\0\(name)\0quiet lantern over the harbour\0\(said)"
            let code = Array(HMAC<SHA256>.authenticationCode(for: Array(message.utf8), using: secret))
            return try await house.accounts.register(
                name, password: House.password, isAdmin: isAdmin, nonce: nonce, code: code, device: DeviceChoice(),
                from: House.here
            ).user
        }
        let nonce = try house.accounts.registrationNonce()
        #expect(try await register("alice", nonce: nonce).localpart == "alice")
        await #expect(throws: IdentityError.wrongRegistrationCode) { try await register("bob", nonce: nonce) }
        await #expect(throws: IdentityError.wrongRegistrationCode) { try await register("bob", nonce: "made up") }
        let other = try house.accounts.registrationNonce()
        await #expect(throws: IdentityError.wrongRegistrationCode) { try await register("mallory", nonce: other, isAdmin: true) }
        let admin = try house.accounts.registrationNonce()
        let carol = try await register("carol", nonce: admin, said: "admin", isAdmin: true)
        #expect(try await house.accounts.account(of: carol)?.role == .admin)
        let late = try house.accounts.registrationNonce()
        house.clock.advance(60_000)
        await #expect(throws: IdentityError.wrongRegistrationCode) { try await register("late", nonce: late) }
        #expect(throws: MatrixError.self) { try House().accounts.registrationNonce() }
    }

    @Test("the set-up token makes one administrator and no second one")
    func setUp() async throws {
        let house = try House { $0.registration = .closed }
        #expect(try await house.accounts.needsSetUp())
        let old = try await house.accounts.makeSetUpToken(by: House.here)
        let token = try await house.accounts.makeSetUpToken(by: House.here)
        #expect(try await house.accounts.isValid(setUpToken: old) == false)
        let made = await withTaskGroup(of: Bool.self) { group in
            for name in ["alice", "mallory"] {
                group.addTask {
                    (try? await house.accounts.setUp(
                        token, name: name, password: House.password, device: DeviceChoice(), from: House.here)) != nil
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(made == 1)
        #expect(try await house.accounts.needsSetUp() == false)
        await #expect(throws: IdentityError.setUpClosed) { try await house.accounts.makeSetUpToken(by: House.here) }
    }
}
