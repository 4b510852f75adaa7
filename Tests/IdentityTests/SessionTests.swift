import Audit
import Identity
import Keys
import Matrix
import Storage
import Testing

@Suite("Sessions")
struct SessionTests {
    @Test("an unknown token is refused")
    func unknown() async throws {
        let house = try House()
        await #expect(throws: MatrixError.unknownToken()) { try await house.session("made up") }
    }

    @Test("a known token needs no database")
    func warm() async throws {
        let house = try House()
        let alice = try await house.person("alice")
        _ = try await house.session(alice.tokens.access)
        await house.store.close()
        #expect(try await house.session(alice.tokens.access).user == alice.user)
    }

    @Test("signing out ends the token at once and tells who waits")
    func signOut() async throws {
        let house = try House()
        let ended = Noted<[EndedSessions]>([])
        house.accounts.onSessionsEnded { session in ended.change { $0.append(session) } }
        let alice = try await house.person("alice")
        let other = try await house.accounts.signIn("alice", password: House.password, device: DeviceChoice(), from: House.here)
        let session = try await house.session(alice.tokens.access)
        try await house.accounts.signOut(session.requester)
        await #expect(throws: MatrixError.unknownToken()) { try await house.session(alice.tokens.access) }
        #expect(try await house.session(other.tokens.access).user == alice.user)
        #expect(ended.value == [EndedSessions(user: session.requester.number, device: alice.device)])
        #expect(await House.errcode { _ = try await house.accounts.device(alice.device, of: session.requester) } == "M_NOT_FOUND")
    }

    @Test("signing out everywhere ends every token")
    func signOutEverywhere() async throws {
        let house = try House()
        let alice = try await house.person("alice")
        let other = try await house.accounts.signIn("alice", password: House.password, device: DeviceChoice(), from: House.here)
        let session = try await house.session(alice.tokens.access)
        _ = try await house.session(other.tokens.access)
        try await house.accounts.signOutEverywhere(session.requester)
        for token in [alice.tokens.access, other.tokens.access] {
            await #expect(throws: MatrixError.unknownToken()) { try await house.session(token) }
        }
        #expect(try await house.accounts.devices(of: session.requester).isEmpty)
    }

    @Test("no request that is answered after sign-out finds the session, however many ask at once")
    func signOutUnderLoad() async throws {
        let house = try House()
        let alice = try await house.person("alice")
        let session = try await house.session(alice.tokens.access)
        let isOut = Noted(false)
        let late = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    var late = 0
                    for _ in 0..<200 {
                        let wasOut = isOut.value
                        let found = (try? await house.session(alice.tokens.access)) != nil
                        if wasOut, found { late += 1 }
                    }
                    return late
                }
            }
            group.addTask {
                try? await house.accounts.signOut(session.requester)
                isOut.change { $0 = true }
                return 0
            }
            return await group.reduce(0, +)
        }
        #expect(late == 0)
        await #expect(throws: MatrixError.unknownToken()) { try await house.session(alice.tokens.access) }
    }

    @Test("a token that cannot be refreshed runs out when the policy says so, softly")
    func expiry() async throws {
        let house = try House { $0.sessionLifetime = 60_000 }
        let alice = try await house.person("alice")
        #expect(alice.tokens.lifetime == 60_000)
        _ = try await house.session(alice.tokens.access)
        house.clock.advance(60_000)
        await #expect(throws: MatrixError.unknownToken(softLogout: true)) { try await house.session(alice.tokens.access) }
    }

    @Test("devices tell when and from where they were last seen, before and after it is written")
    func lastSeen() async throws {
        let house = try House()
        let alice = try await house.person("alice")
        house.clock.advance(5_000)
        let session = try await house.accounts.authenticate(token: alice.tokens.access, origin: House.elsewhere)
        let pending = try await house.accounts.devices(of: session.requester)
        #expect(pending.map(\.lastSeenAddress) == ["198.51.100.7"])
        #expect(pending.map(\.lastSeenAt) == [house.clock.now])
        try await house.accounts.tidy()
        #expect(try await house.accounts.devices(of: session.requester) == pending)
        #expect(try await house.rows("SELECT seen_at FROM devices").map { try $0.int(0) } == [house.clock.now])
    }

    @Test("devices are renamed and deleted by their owner only")
    func devices() async throws {
        let house = try House()
        let alice = try await house.person("alice")
        let mallory = try await house.person("mallory")
        let owner = try await house.session(alice.tokens.access)
        let thief = try await house.session(mallory.tokens.access)
        await #expect(throws: IdentityError.unknownDevice) {
            try await house.accounts.renameDevice(alice.device, to: "mine", by: thief.requester)
        }
        try await house.accounts.deleteDevices([alice.device], try await house.authorised(), by: thief.requester)
        #expect(try await house.accounts.device(alice.device, of: owner.requester).displayName == nil)
        try await house.accounts.renameDevice(alice.device, to: "Library", by: owner.requester)
        try await house.accounts.renameDevice(alice.device, to: nil, by: owner.requester)
        #expect(try await house.accounts.device(alice.device, of: owner.requester).displayName == "Library")
        try await house.accounts.deleteDevices([alice.device, "NOSUCH"], try await house.authorised(), by: owner.requester)
        await #expect(throws: MatrixError.unknownToken()) { try await house.session(alice.tokens.access) }
    }
}

@Suite("Refresh tokens")
struct RefreshTests {
    @Test("a refresh gives a new pair; the old access token lasts until the new one is used")
    func rotation() async throws {
        let house = try House()
        let alice = try await house.person("alice", refreshes: true)
        #expect(alice.tokens.lifetime == 300_000)
        _ = try await house.session(alice.tokens.access)
        let next = try await house.accounts.refresh(try #require(alice.tokens.refresh), from: House.here)
        #expect(try await house.session(alice.tokens.access).user == alice.user)
        let session = try await house.session(next.access)
        #expect(session.requester.device == alice.device)
        await #expect(throws: MatrixError.unknownToken()) { try await house.session(alice.tokens.access) }
    }

    @Test("a lost answer is no harm: the same refresh token works again until the new pair is used")
    func lostAnswer() async throws {
        let house = try House()
        let refresh = try #require(try await house.person("alice", refreshes: true).tokens.refresh)
        let lost = try await house.accounts.refresh(refresh, from: House.here)
        let arrived = try await house.accounts.refresh(refresh, from: House.here)
        #expect(try await house.session(arrived.access).isGuest == false)
        await #expect(throws: MatrixError.unknownToken()) { try await house.session(lost.access) }
    }

    @Test("a refresh token shown after its successor was used ends the sessions of the device", arguments: [true, false])
    func reuse(byAccess: Bool) async throws {
        let house = try House()
        let stolen = try #require(try await house.person("alice", refreshes: true).tokens.refresh)
        var next = try await house.accounts.refresh(stolen, from: House.here)
        if byAccess {
            _ = try await house.session(next.access)
        } else {
            next = try await house.accounts.refresh(try #require(next.refresh), from: House.here)
        }
        #expect(await House.errcode { _ = try await house.accounts.refresh(stolen, from: House.elsewhere) } == "M_UNKNOWN_TOKEN")
        #expect(await House.errcode { _ = try await house.session(next.access) } == "M_UNKNOWN_TOKEN")
        #expect(
            await House.errcode {
                _ = try await house.accounts.refresh(try #require(next.refresh), from: House.here)
            } == "M_UNKNOWN_TOKEN")
    }

    @Test("an access token runs out softly and a refresh goes on")
    func expiry() async throws {
        let house = try House()
        let alice = try await house.person("alice", refreshes: true)
        house.clock.advance(300_000)
        await #expect(throws: MatrixError.unknownToken(softLogout: true)) { try await house.session(alice.tokens.access) }
        let next = try await house.accounts.refresh(try #require(alice.tokens.refresh), from: House.here)
        #expect(try await house.session(next.access).user == alice.user)
    }

    @Test("a made-up refresh token and one of a device signed out are unknown")
    func unknown() async throws {
        let house = try House()
        await #expect(throws: IdentityError.unknownToken) { try await house.accounts.refresh("made up", from: House.here) }
        let alice = try await house.person("alice", refreshes: true)
        try await house.accounts.signOut(try await house.session(alice.tokens.access).requester)
        await #expect(throws: IdentityError.unknownToken) {
            try await house.accounts.refresh(try #require(alice.tokens.refresh), from: House.here)
        }
    }
}

@Suite("Login tokens")
struct LoginTokenTests {
    @Test("a hundred who try one token at once make one session")
    func once() async throws {
        let house = try House { $0.throttlesSignIn = false }
        let alice = try await house.person("alice")
        let session = try await house.session(alice.tokens.access)
        let token = try await house.accounts.makeLoginToken(try await house.authorised(), by: session.requester)
        #expect(token.lifetime == 120_000)
        let codes = await withTaskGroup(of: String?.self) { group in
            for _ in 0..<100 {
                group.addTask {
                    await House.errcode {
                        _ = try await house.accounts.signIn(
                            loginToken: token.token, device: DeviceChoice(), from: House.elsewhere)
                    }
                }
            }
            return await group.reduce(into: [String?]()) { $0.append($1) }
        }
        #expect(codes.filter { $0 == nil }.count == 1)
        #expect(codes.filter { $0 == "M_FORBIDDEN" }.count == 99)
        #expect(try await house.accounts.devices(of: session.requester).count == 2)
    }

    @Test("a login token lasts two minutes")
    func expiry() async throws {
        let house = try House()
        let alice = try await house.person("alice")
        let session = try await house.session(alice.tokens.access)
        let token = try await house.accounts.makeLoginToken(try await house.authorised(), by: session.requester)
        house.clock.advance(120_000)
        await #expect(throws: IdentityError.wrongCredentials) {
            try await house.accounts.signIn(loginToken: token.token, device: DeviceChoice(), from: House.here)
        }
    }
}
