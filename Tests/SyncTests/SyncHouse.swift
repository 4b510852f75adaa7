import Audit
import Crypto
import EndToEnd
import Foundation
import Keys
import Matrix
import Rooms
import Storage
import Sync
import Synchronization
import TestHouse

/// Rooms and sync over a database of their own, with a clock that the test moves.
final class SyncHouse: RoomHouse {
    let rooms: RoomActions
    let hub: StreamHub
    let keys: KeyServer
    let sync: SyncEngine
    let clock: Clock
    private let cache: EventCache
    private let scratch: ScratchStore

    init(version: RoomVersion = .v12, keepsPresence: Bool = true, limits: SyncEngine.Limits = .init()) throws {
        scratch = try ScratchStore(
            "sync", migrations: AuditLog.schema + RoomsSchema.migrations + EndToEndSchema.migrations + SyncSchema.migrations)
        let store = scratch.store
        let name = try ServerName(parsing: "example.org")
        let cache = EventCache()
        self.cache = cache
        hub = StreamHub(position: 0, serial: 1_000)
        rooms = RoomActions(
            store: store, serverName: name, signer: EventSigner(serverName: name, keyID: "ed25519:1", key: .init()), hub: hub,
            cache: cache, defaultVersion: version)
        let clock = Clock()
        keys = Self.keys(store, hub, name)
        sync = SyncEngine(
            store: store, hub: hub, cache: cache, keys: keys, keepsPresence: keepsPresence, limits: limits, now: { clock.now })
        self.clock = clock
    }

    var store: Store { scratch.store }

    /// The time, which the test moves.
    final class Clock: Sendable {
        private let time = Mutex<Int64>(1_790_000_000_000)
        var now: Int64 { time.withLock { $0 } }
        func advance(_ milliseconds: Int64) { time.withLock { $0 += milliseconds } }
    }

    /// Another engine beside the first one, with limits of its own.
    func engine(_ limits: SyncEngine.Limits) -> SyncEngine {
        SyncEngine(
            store: store, hub: hub, cache: cache, keys: keys, keepsPresence: false, limits: limits, now: { [clock] in clock.now })
    }

    /// Another engine over the same data, as after a restart: it remembers nothing.
    func restarted() async throws -> SyncEngine {
        let position = try await store.read { try $0.position() }
        let hub = StreamHub(position: position, serial: 2_000)
        return SyncEngine(
            store: store, hub: hub, cache: EventCache(), keys: Self.keys(store, hub, try ServerName(parsing: "example.org")),
            now: { [clock] in clock.now })
    }

    /// A key server to which everybody has the devices `phone` and `desk`.
    private static func keys(_ store: Store, _ hub: StreamHub, _ name: ServerName) -> KeyServer {
        KeyServer(
            serverName: name, store: store, hub: hub,
            devices: KnownDevices(identifiers: { _, _ in ["phone", "desk"] }, names: { _, _ in [:] }))
    }

    /// A time for an action; each is a millisecond later.
    var now: Int64 {
        clock.advance(1)
        return clock.now
    }

    /// Somebody with a number and a device.
    func person(_ name: String) async throws -> Requester { try await person(name, device: "phone") }

    func leave(_ room: RoomID, _ requester: Requester) async throws {
        try await rooms.leave(room, reason: nil, by: requester, at: now)
    }

    func invite(_ user: Requester, to room: RoomID, by requester: Requester) async throws {
        try await rooms.invite(
            user.user, to: room, profile: MemberProfile(displayname: nil, avatarURL: nil), reason: nil, by: requester, at: now)
    }

    func read(_ event: EventID, in room: RoomID, by requester: Requester, _ kind: ReceiptKind = .read) async throws {
        try await rooms.acknowledge([ReceiptWish(kind, event)], in: room, by: requester, at: now)
    }

    func keep(_ type: String, _ content: String, in room: RoomID? = nil, by requester: Requester) async throws {
        try await sync.accountData.put(type, content: try JSON(parsing: Array(content.utf8)), in: room, by: requester, at: now)
    }

    func ignore(_ user: Requester, by requester: Requester) async throws {
        try await keep("m.ignored_user_list", #"{"ignored_users":{"\#(user.user.rawValue)":{}}}"#, by: requester)
    }

    /// One call of sync; presence is left alone, unless said otherwise.
    func answer(
        _ requester: Requester, since: String? = nil, filter: String = "{}", timeout: Int64 = 0, on engine: SyncEngine? = nil,
        _ change: (inout SyncRequest) -> Void = { _ in }
    ) async throws -> JSON {
        var request = SyncRequest(by: requester, filter: try SyncFilter(parsing: filter), timeout: timeout, presence: .offline)
        request.since = try since.map { try SyncToken(parsing: $0).mark }
        change(&request)
        return try JSON(parsing: try await (engine ?? sync).sync(request), limits: .init(maxBytes: 1 << 26))
    }

    /// The token of now.
    func token(_ requester: Requester) async throws -> String {
        try await answer(requester).token
    }
}

extension JSON {
    var token: String { self["next_batch"]?.string ?? "" }
    /// A room in a section of an answer.
    func room(_ roomID: RoomID, _ section: String = "join") -> JSON? { self["rooms"]?[section]?[roomID.rawValue] }
    /// The events of a part of a room.
    func events(_ part: String) -> [JSON] { Array(self[part]?["events"]?.elements.map(\.self) ?? []) }
    var timeline: [JSON] { events("timeline") }
    var isLimited: Bool { self["timeline"]?["limited"]?.bool ?? false }
    var bodies: [String] { timeline.compactMap { $0["content"]?["body"]?.string } }
    var type: String { self["type"]?.string ?? "" }
    var id: String { self["event_id"]?.string ?? "" }
    /// Whether an answer tells of no room.
    var tellsOfNoRoom: Bool { ["join", "invite", "knock", "leave"].allSatisfy { (self["rooms"]?[$0]?.count ?? 0) == 0 } }
}
