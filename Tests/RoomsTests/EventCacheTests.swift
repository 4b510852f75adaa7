import Matrix
import Rooms
import Testing

@Suite("The cache of opened events")
struct EventCacheTests {
    @Test("it stays within its bound and keeps what is used")
    func bounded() throws {
        let cache = EventCache(bytes: 1 << 20)
        for position in Int64(1)...10_000 {
            cache.keep(try event(position))
            _ = cache.event(at: 1, redactedBy: nil)
        }
        #expect(cache.bytes <= 1 << 20)
        #expect(cache.event(at: 1, redactedBy: nil) != nil)
        #expect(cache.event(at: 10_000, redactedBy: nil) != nil)
        #expect(cache.event(at: 500, redactedBy: nil) == nil)
    }

    @Test("an event from before its redaction is not given out")
    func redaction() throws {
        let cache = EventCache()
        cache.keep(try event(1))
        #expect(cache.event(at: 1, redactedBy: 2) == nil)
        cache.keep(try event(1, redactedBy: 2))
        #expect(cache.event(at: 1, redactedBy: 2)?.redactedBy == 2)
    }

    @Test("a reader with an old snapshot cannot bring back what was redacted")
    func oldSnapshot() throws {
        let cache = EventCache()
        cache.keep(try event(1, redactedBy: 2))
        cache.keep(try event(1))
        #expect(cache.event(at: 1, redactedBy: nil)?.redactedBy == 2)
    }

    @Test("what is forgotten is gone from both generations")
    func forgetting() throws {
        let cache = EventCache(bytes: 64 * 1024)
        for position in Int64(1)...200 { cache.keep(try event(position)) }
        for position in Int64(1)...200 { cache.forget(position) }
        #expect(cache.bytes == 0)
    }

    private func event(_ position: Int64, redactedBy: Int64? = nil) throws -> StoredEvent {
        StoredEvent(
            position: position, roomNumber: 1, eventID: try EventID(parsing: "$" + String(repeating: "a", count: 43)),
            type: "m.room.message", stateKey: nil, sender: try UserID(parsing: "@alice:example.org"), senderNumber: 1,
            originServerTS: 0, replaces: nil, redactedBy: redactedBy, client: [UInt8](repeating: 32, count: 500), transaction: nil
        )
    }
}
