import Audit
import Matrix
import Storage
import Synchronization
import Testing

@testable import Identity

@Suite("Keeping in step with devices")
struct DeviceWatchTests {
    /// What a watch was told, and whether it refuses.
    private final class Notes: Sendable {
        let removed = Mutex<[String]>([])
        let deactivated = Mutex(0)
        let refuses = Mutex(false)

        var watch: DeviceWatch {
            DeviceWatch(
                appears: { [self] device, _, _ in
                    if device == "taken" { throw MatrixError.invalidParam("this device ID is taken") }
                    if refuses.withLock({ $0 }) { throw MatrixError.unknown("no", status: 500) }
                },
                removed: { [self] devices, _, _ in
                    if refuses.withLock({ $0 }) { throw MatrixError.unknown("no", status: 500) }
                    removed.withLock { $0 += devices }
                },
                deactivated: { [self] _, _ in deactivated.withLock { $0 += 1 } })
        }
    }

    @Test("every way in which a device ends is told, once")
    func ends() async throws {
        let house = try House()
        let notes = Notes()
        house.accounts.watchDevices(notes.watch)
        let alice = try await house.person("alice")
        let session = try await house.session(alice.tokens.access)
        try await house.accounts.signOut(session.requester)
        #expect(notes.removed.withLock { $0 } == [alice.device])
        let one = try await house.signIn("alice"), two = try await house.signIn("alice")
        try await house.accounts.signOutEverywhere(try await house.session(two.tokens.access).requester)
        #expect(Set(notes.removed.withLock { $0 }) == [alice.device, one.device, two.device])
        #expect(notes.removed.withLock { $0.count } == 3 && notes.deactivated.withLock { $0 } == 0)
    }

    @Test("what throws there undoes the end of the device")
    func undone() async throws {
        let house = try House()
        let notes = Notes()
        house.accounts.watchDevices(notes.watch)
        let alice = try await house.person("alice")
        let requester = try await house.session(alice.tokens.access).requester
        notes.refuses.withLock { $0 = true }
        await #expect(throws: MatrixError.self) { try await house.accounts.signOut(requester) }
        #expect(try await house.accounts.devices(of: requester).map(\.id) == [alice.device])
    }

    @Test("a device ID that is refused begins no session")
    func refused() async throws {
        let house = try House()
        house.accounts.watchDevices(Notes().watch)
        let alice = try await house.person("alice")
        await #expect(throws: MatrixError.self) { try await house.signIn("alice", device: "taken") }
        let requester = try await house.session(alice.tokens.access).requester
        #expect(try await house.accounts.devices(of: requester).map(\.id) == [alice.device])
    }

    @Test("an account that ends is told in its own transaction")
    func deactivated() async throws {
        let house = try House()
        let notes = Notes()
        house.accounts.watchDevices(notes.watch)
        let alice = try await house.person("alice")
        try await house.accounts.deactivate(alice.user, erasing: false, by: .origin(House.here))
        #expect(notes.deactivated.withLock { $0 } == 1 && notes.removed.withLock { $0 } == [alice.device])
    }
}

extension House {
    /// Signs somebody in once more.
    fileprivate func signIn(_ name: String, device: String? = nil) async throws -> SignedIn {
        try await accounts.signIn(name, password: Self.password, device: DeviceChoice(id: device), from: Self.here)
    }
}
