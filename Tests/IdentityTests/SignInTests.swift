import Access
import Audit
import Identity
import Keys
import Matrix
import Storage
import Testing

@Suite("Signing in with a password")
struct SignInTests {
    @Test(
        "the password opens a session, by local part, by user ID, in capitals",
        arguments: ["alice", "@alice:example.org", "Alice"])
    func rightPassword(name: String) async throws {
        let house = try House()
        try await house.person("alice")
        let signedIn = try await house.accounts.signIn(name, password: House.password, device: DeviceChoice(), from: House.here)
        let session = try await house.session(signedIn.tokens.access)
        #expect(session.user.rawValue == "@alice:example.org")
        #expect(session.requester.device == signedIn.device)
        #expect(session.role == .member)
        #expect(signedIn.tokens.refresh == nil && signedIn.tokens.lifetime == nil)
    }

    @Test(
        "wrong password, unknown name and other server are refused alike",
        arguments: [
            ("alice", "wrong password"), ("bob", "wrong password"), ("@alice:example.com", "quiet lantern over the harbour"),
            ("!", ""), ("", "x"),
        ])
    func wrongPassword(name: String, password: String) async throws {
        let house = try House()
        try await house.person("alice")
        await #expect(throws: IdentityError.wrongCredentials) {
            try await house.accounts.signIn(name, password: Secret(password), device: DeviceChoice(), from: House.here)
        }
    }

    @Test("a known device is taken over, its name stays and its older token ends")
    func deviceReuse() async throws {
        let house = try House()
        try await house.person("alice")
        let first = try await house.accounts.signIn(
            "alice", password: House.password, device: DeviceChoice(id: "LIBRARY", displayName: "Library"), from: House.here)
        let session = try await house.session(first.tokens.access)
        let second = try await house.accounts.signIn(
            "alice", password: House.password, device: DeviceChoice(id: "LIBRARY", displayName: "Attic"), from: House.here)
        #expect(second.device == "LIBRARY")
        await #expect(throws: MatrixError.unknownToken()) { try await house.session(first.tokens.access) }
        let device = try await house.accounts.device("LIBRARY", of: session.requester)
        #expect(device.displayName == "Library")
    }

    @Test("a locked account keeps its sessions but cannot use them until it is unlocked")
    func locked() async throws {
        let house = try House()
        let alice = try await house.person("alice")
        let user = alice.user
        try await house.accounts.set(.locked, for: user, by: .origin(House.here))
        await #expect(throws: MatrixError.self) { try await house.session(alice.tokens.access) }
        #expect(await House.errcode { _ = try await house.session(alice.tokens.access) } == "M_USER_LOCKED")
        let toSignOut = try await house.accounts.authenticate(token: alice.tokens.access, origin: House.here, lockedToo: true)
        #expect(toSignOut.standing == .locked)
        #expect(
            await House.errcode {
                _ = try await house.accounts.signIn("alice", password: House.password, device: DeviceChoice(), from: House.here)
            } == "M_USER_LOCKED")
        try await house.accounts.set(.active, for: user, by: .origin(House.here))
        #expect(try await house.session(alice.tokens.access).standing == .active)
    }

    @Test("a suspended account signs in and says so")
    func suspended() async throws {
        let house = try House()
        let alice = try await house.person("alice")
        try await house.accounts.set(.suspended, for: alice.user, by: .origin(House.here))
        let again = try await house.accounts.signIn("alice", password: House.password, device: DeviceChoice(), from: House.here)
        let session = try await house.session(again.tokens.access)
        #expect(session.standing == .suspended)
        #expect(throws: MatrixError.self) { try session.requireUnsuspended() }
    }

    @Test("after five failures the account has to wait, longer each time, and success clears that")
    func throttled() async throws {
        let house = try House()
        try await house.person("alice")
        func attempt(_ password: String, from origin: Origin = House.here) async -> String? {
            await House.errcode {
                _ = try await house.accounts.signIn("alice", password: Secret(password), device: DeviceChoice(), from: origin)
            }
        }
        for _ in 0..<5 { #expect(await attempt("wrong password") == "M_FORBIDDEN") }
        #expect(await attempt("quiet lantern over the harbour", from: House.elsewhere) == "M_LIMIT_EXCEEDED")
        house.clock.advance(1_000)
        #expect(await attempt("wrong password") == "M_FORBIDDEN")
        house.clock.advance(1_000)
        #expect(await attempt("wrong password") == "M_LIMIT_EXCEEDED")
        house.clock.advance(1_000)
        #expect(await attempt("quiet lantern over the harbour") == nil)
        #expect(await attempt("wrong password") == "M_FORBIDDEN")
    }

    @Test("a hundred guesses at once are no more than five")
    func parallelGuesses() async throws {
        let house = try House()
        try await house.person("alice")
        let heard = await withTaskGroup(of: String?.self) { group in
            for _ in 0..<100 {
                group.addTask {
                    await House.errcode {
                        _ = try await house.accounts.signIn(
                            "alice", password: Secret("wrong password"), device: DeviceChoice(), from: House.here)
                    }
                }
            }
            var heard = 0
            for await code in group where code == "M_FORBIDDEN" { heard += 1 }
            return heard
        }
        #expect(heard == 5)
    }

    @Test("failures from one address slow it down whatever the names")
    func throttledAddress() async throws {
        let house = try House { $0.hashesWaiting = 200 }
        var codes: [String?] = []
        for n in 0..<31 {
            codes.append(
                await House.errcode {
                    _ = try await house.accounts.signIn(
                        "user\(n)", password: Secret("wrong"), device: DeviceChoice(), from: House.here)
                })
        }
        #expect(codes.prefix(30).allSatisfy { $0 == "M_FORBIDDEN" })
        #expect(codes.last == "M_LIMIT_EXCEEDED")
    }

    @Test("more hashes than may wait are refused, and do not count as failures")
    func hashQueue() async throws {
        let house = try House {
            $0.hashesAtOnce = 1
            $0.hashesWaiting = 1
            $0.throttlesSignIn = false
        }
        try await house.person("alice")
        let codes = await withTaskGroup(of: String?.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    await House.errcode {
                        _ = try await house.accounts.signIn(
                            "alice", password: House.password, device: DeviceChoice(), from: House.here)
                    }
                }
            }
            return await group.reduce(into: [String?]()) { $0.append($1) }
        }
        #expect(codes.contains("M_LIMIT_EXCEEDED") && codes.contains(nil))
        #expect(codes.allSatisfy { $0 == nil || $0 == "M_LIMIT_EXCEEDED" })
    }

    @Test("neither name nor address nor token nor password stands in the database in clear")
    func nothingInClear() async throws {
        let house = try House()
        let alice = try await house.accounts.create("alice-in-clear", password: House.password, by: .origin(House.here))
        let signedIn = try await house.accounts.signIn(
            alice.rawValue, password: House.password, device: DeviceChoice(displayName: "name-in-clear", refreshes: true),
            from: House.here)
        _ = try await house.session(signedIn.tokens.access)
        try await house.accounts.tidy()
        var everything: [UInt8] = []
        for table in ["accounts", "devices", "access_tokens", "refresh_tokens", "profiles", "person_numbers"] {
            for row in try await house.rows("SELECT * FROM \(table)") {
                for value in row.values {
                    switch value {
                    case .text(let text): everything += Array(text.utf8)
                    case .blob(let bytes): everything += bytes
                    default: break
                    }
                }
            }
        }
        let text = String(decoding: everything, as: UTF8.self)
        for secret in [
            "alice-in-clear", "name-in-clear", "192.0.2.1", signedIn.tokens.access, signedIn.tokens.refresh ?? "-", "argon2",
            "harbour",
        ] {
            #expect(!text.contains(secret), "\(secret)")
        }
    }
}
