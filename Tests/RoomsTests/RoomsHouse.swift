import Audit
import Crypto
import Foundation
import Keys
import Matrix
import Rooms
import Storage
import TestHouse

/// Rooms over a database of their own, with a clock that moves by a millisecond at each look.
final class RoomsHouse: RoomHouse {
    let rooms: RoomActions
    let cache: EventCache
    let hub: StreamHub
    private let scratch: ScratchStore
    private let clock = TickingClock()

    init(version: RoomVersion = .v12) throws {
        scratch = try ScratchStore(
            "rooms", migrations: AuditLog.schema + RoomsSchema.migrations, holdings: Store.holdings + RoomsSchema.holdings)
        let name = try ServerName(parsing: "example.org")
        cache = EventCache()
        hub = StreamHub(position: 0, serial: 0)
        rooms = RoomActions(
            store: scratch.store, serverName: name, signer: EventSigner(serverName: name, keyID: "ed25519:1", key: .init()),
            hub: hub,
            cache: cache, defaultVersion: version)
    }

    var store: Store { scratch.store }
    var reads: RoomReads { rooms.reads }
    var now: Int64 { clock.now }

    /// Everything that somebody can page through, oldest first.
    func history(_ room: RoomID, for requester: Requester, page: Int = 100) async throws -> [StoredEvent] {
        var events: [StoredEvent] = []
        var from: HistoryToken?
        repeat {
            let found = try await reads.messages(
                MessagesWish(from: from, to: nil, .backwards, limit: page), in: room, by: requester, at: now)
            events += found.chunk.map(\.event)
            from = found.end
        } while from != nil
        return events.reversed()
    }

    func count(_ room: RoomID, for requester: Requester, _ counts: UnreadCounts) async throws -> UnreadCount {
        try await store.read { tx in
            guard let number = try tx.number(of: room) else { return UnreadCount(notifications: -1, highlights: -1) }
            return try counts.count(room: number, user: requester.number, upTo: tx.position(), tx)
        }
    }
}

/// The bodies of text messages, in order.
func bodies(_ events: [StoredEvent]) throws -> [String] {
    try events.compactMap { try $0.content["body"]?.string }
}
