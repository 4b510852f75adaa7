import Audit
import Crypto
import Foundation
import Identity
import Keys
import Matrix
import Rooms
import Search
import Storage
import Synchronization

/// Rooms and their index over a database of their own, with a clock that moves by a millisecond at each look.
final class SearchHouse: Sendable {
    let store: Store
    let rooms: RoomActions
    let search: EventSearch
    let indexer: SearchIndexer
    private let directory: URL
    private let time = Mutex<Int64>(1_790_000_000_000)

    init(batch: Int = 256, segment: Int = 16_384) throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "search-\(UUID().uuidString)")
        store = try Store.open(
            Store.Options(
                directory: directory, masterKey: .random(),
                migrations: AuditLog.schema + IdentitySchema.migrations + RoomsSchema.migrations + SearchSchema.migrations))
        let name = try ServerName(parsing: "example.org")
        let cache = EventCache()
        rooms = RoomActions(
            store: store, serverName: name, signer: EventSigner(serverName: name, keyID: "ed25519:1", key: .init()),
            hub: StreamHub(position: 0, serial: 0), cache: cache, defaultVersion: .v12)
        search = EventSearch(store: store, cache: cache)
        var limits = SearchIndexer.Limits()
        limits.events = batch
        limits.segmentEvents = segment
        indexer = SearchIndexer(store: store, limits: limits)
    }

    deinit {
        let (store, directory) = (store, directory)
        Task {
            await store.close()
            try? FileManager.default.removeItem(at: directory)  // a directory left in the temporary one harms nobody
        }
    }

    var now: Int64 {
        time.withLock {
            $0 += 1; return $0
        }
    }

    /// Somebody with a number and a device.
    func person(_ name: String) async throws -> Requester {
        let user = try UserID(parsing: "@\(name):example.org")
        let number = try await store.write { try $0.intern(user) }
        return Requester(
            user: user, number: number, device: "\(name)-device",
            origin: Origin(address: "192.0.2.1", agent: "test", requestID: "1"))
    }

    /// A room; anybody may join unless the wish says otherwise.
    func room(by requester: Requester, _ change: (inout RoomWish) -> Void = { _ in }) async throws -> RoomID {
        var wish = RoomWish()
        wish.preset = .publicChat
        change(&wish)
        return try await rooms.create(wish, profile: Self.profile(requester), by: requester, at: now)
    }

    func join(_ room: RoomID, _ requester: Requester) async throws {
        try await rooms.join(room, profile: Self.profile(requester), asGuest: false, by: requester, at: now)
    }

    @discardableResult
    func say(_ text: String, in room: RoomID, by requester: Requester) async throws -> EventID {
        let content = JSONValue.object(["body": .string(text), "msgtype": "m.text"]).canonical()
        return try await rooms.send(
            "m.room.message", content: try JSON(parsing: content), transaction: UUID().uuidString, in: room, by: requester,
            at: now)
    }

    @discardableResult
    func set(_ type: String, _ content: String, in room: RoomID, by requester: Requester) async throws -> EventID {
        try await rooms.setState(
            type, stateKey: "", content: try JSON(parsing: Array(content.utf8)), in: room, by: requester, at: now)
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

    static func profile(_ requester: Requester) -> MemberProfile {
        MemberProfile(displayname: requester.user.localpart.capitalized, avatarURL: nil)
    }
}
