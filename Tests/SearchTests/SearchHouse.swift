import Audit
import Crypto
import Foundation
import Identity
import Keys
import Matrix
import Rooms
import Search
import Storage
import TestHouse

/// Rooms and their index over a database of their own, with a clock that moves by a millisecond at each look.
final class SearchHouse: RoomHouse {
    let rooms: RoomActions
    let search: EventSearch
    let indexer: SearchIndexer
    private let scratch: ScratchStore
    private let clock = TickingClock()

    init(batch: Int = 256, segment: Int = 16_384, longestTail: Int = 10_000) throws {
        scratch = try ScratchStore(
            "search",
            migrations: AuditLog.schema + IdentitySchema.migrations + RoomsSchema.migrations + SearchSchema.migrations)
        let store = scratch.store
        let name = try ServerName(parsing: "example.org")
        let cache = EventCache()
        rooms = RoomActions(
            store: store, serverName: name, signer: EventSigner(serverName: name, keyID: "ed25519:1", key: .init()),
            hub: StreamHub(position: 0, serial: 0), cache: cache, defaultVersion: .v12)
        search = EventSearch(store: store, cache: cache, longestTail: longestTail)
        var limits = SearchIndexer.Limits()
        limits.events = batch
        limits.segmentEvents = segment
        indexer = SearchIndexer(store: store, limits: limits)
    }

    var store: Store { scratch.store }
    var now: Int64 { clock.now }

    @discardableResult
    func say(_ text: String, in room: RoomID, by requester: Requester) async throws -> EventID {
        let content = JSONValue.object(["body": .string(text), "msgtype": "m.text"]).canonical()
        return try await rooms.send(
            "m.room.message", content: try JSON(parsing: content), transaction: UUID().uuidString, in: room, by: requester,
            at: now)
    }

    func redact(_ event: EventID, in room: RoomID, by requester: Requester) async throws {
        _ = try await rooms.redact(event, reason: nil, transaction: UUID().uuidString, in: room, by: requester, at: now)
    }

    func rebuild() async throws {
        try await IndexCare(store: store).rebuild(by: .origin(.server), at: now)
    }

    /// One page.
    func page(_ term: String, by requester: Requester, _ change: (inout SearchWish) -> Void = { _ in }) async throws -> SearchPage
    {
        var wish = try SearchWish(term: term)
        change(&wish)
        return try await search.search(wish, by: requester, at: now)
    }

    /// Everything that is found, page by page.
    func all(
        _ term: String, by requester: Requester, limit: Int = 100, _ change: (inout SearchWish) -> Void = { _ in }
    ) async throws -> [EventID] {
        var found: [EventID] = []
        var cursor: SearchCursor?
        repeat {
            let page = try await page(term, by: requester) { wish in
                wish.limit = limit
                change(&wish)
                wish.cursor = cursor ?? wish.cursor
            }
            found += page.results.map(\.event.event.eventID)
            cursor = page.next
        } while cursor != nil
        return found
    }
}
