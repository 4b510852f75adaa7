import Media
import Storage
import TestHouse
import Testing

@Suite("Addresses that are reserved")
struct ReservationTests {
    @Test("take their content once, from who reserved them")
    func once() async throws {
        let house = try MediaHouse()
        let (alice, mallory) = (try await house.person("alice"), try await house.person("mallory"))
        let (id, until) = try await house.media.reserve(by: alice, at: house.now)
        #expect(until > house.now)
        await #expect(throws: MediaError.notYetUploaded) { try await house.find(id) }
        await #expect(throws: MediaError.notReservedByYou) { try await house.upload([1], by: mallory, to: id) }
        try await house.upload([1, 2], by: alice, to: id)
        #expect(try await house.bytes(id) == [1, 2])
        await #expect(throws: MediaError.alreadyUploaded) { try await house.upload([3], by: alice, to: id) }
        await #expect(throws: MediaError.notFound) { try await house.upload([3], by: alice, to: MediaID.random()) }
        #expect(try await house.bytes(id) == [1, 2])
        #expect(house.files.count == 1)
    }

    @Test("of two uploads at once one wins, and the other leaves nothing")
    func race() async throws {
        let house = try MediaHouse()
        let alice = try await house.person("alice")
        let (id, _) = try await house.media.reserve(by: alice, at: house.now)
        let outcomes = await withTaskGroup(of: Bool.self) { group in
            for seed in 1...4 as ClosedRange<UInt64> {
                group.addTask { (try? await house.upload(noise(300_000, seed: seed), by: alice, to: id)) != nil }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.count { $0 } == 1)
        #expect(house.files.count == 1)
        #expect(try await house.bytes(id).count == 300_000)
    }

    @Test("who waits for the content gets it when it comes")
    func waiting() async throws {
        let house = try MediaHouse()
        let alice = try await house.person("alice")
        let (id, _) = try await house.media.reserve(by: alice, at: house.now)
        async let waited = house.find(id, waiting: .seconds(30))
        try await house.upload([7], by: alice, to: id)
        let found = try await waited
        #expect(try await found.reader.bytes(0..<1) == [7])
    }

    @Test("are given up when their time is over")
    func expiry() async throws {
        let house = try MediaHouse { $0.pendingLifetime = 1000 }
        let alice = try await house.person("alice")
        let (id, _) = try await house.media.reserve(by: alice, at: house.now)
        house.pass(2000)
        await #expect(throws: MediaError.notFound) { try await house.upload([1], by: alice, to: id) }
        await #expect(throws: MediaError.notFound) { try await house.find(id) }
        try await house.media.expire(at: house.now)
        #expect(try await house.store.read { tx in try tx.rows("SELECT 1 FROM media").count } == 0)
    }

    @Test("cannot be reserved without end")
    func tooMany() async throws {
        let house = try MediaHouse { $0.maximumPending = 3 }
        let alice = try await house.person("alice")
        for _ in 0..<3 { _ = try await house.media.reserve(by: alice, at: house.now) }
        let error = await #expect(throws: MediaError.self) { try await house.media.reserve(by: alice, at: house.now) }
        guard case .tooManyPending(let wait)? = error else { throw Surprise() }
        #expect(wait > 0)
        house.pass(wait)
        _ = try await house.media.reserve(by: alice, at: house.now)
    }

    private struct Surprise: Error {}
}
