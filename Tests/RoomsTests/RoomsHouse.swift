import Audit
import Crypto
import Foundation
import Keys
import Matrix
import Rooms
import Storage
import Synchronization

/// Rooms over a database of their own, with a clock that moves by a millisecond at each look.
final class RoomsHouse: Sendable {
    let store: Store
    let rooms: RoomActions
    let cache: EventCache
    let hub: StreamHub
    private let directory: URL
    private let time = Mutex<Int64>(1_790_000_000_000)

    init(version: RoomVersion = .v12) throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "rooms-\(UUID().uuidString)")
        var options = Store.Options(
            directory: directory, masterKey: .random(), migrations: AuditLog.schema + RoomsSchema.migrations)
        options.holdings = Store.holdings + RoomsSchema.holdings
        store = try Store.open(options)
        let name = try ServerName(parsing: "example.org")
        cache = EventCache()
        hub = StreamHub(position: 0, serial: 0)
        rooms = RoomActions(
            store: store, serverName: name, signer: EventSigner(serverName: name, keyID: "ed25519:1", key: .init()), hub: hub,
            cache: cache, defaultVersion: version)
    }

    deinit {
        let (store, directory) = (store, directory)
        Task {
            await store.close()
            try? FileManager.default.removeItem(at: directory)  // a directory left in the temporary one harms nobody
        }
    }

    var reads: RoomReads { rooms.reads }
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
    func say(
        _ text: String, in room: RoomID, by requester: Requester, _ more: String = "", transaction: String = UUID().uuidString
    )
        async throws -> EventID
    {
        let content = try JSON(parsing: Array(#"{"body":"\#(text)","msgtype":"m.text"\#(more)}"#.utf8))
        return try await rooms.send(
            "m.room.message", content: content, transaction: transaction, in: room, by: requester, at: now)
    }

    @discardableResult
    func set(_ type: String, _ content: String, in room: RoomID, by requester: Requester) async throws -> EventID {
        try await rooms.setState(
            type, stateKey: "", content: try JSON(parsing: Array(content.utf8)), in: room, by: requester, at: now)
    }

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

    static func profile(_ requester: Requester) -> MemberProfile {
        MemberProfile(displayname: requester.user.localpart.capitalized, avatarURL: nil)
    }
}

/// The bodies of text messages, in order.
func bodies(_ events: [StoredEvent]) throws -> [String] {
    try events.compactMap { try $0.content["body"]?.string }
}

/// Repeatable randomness.
struct Dice: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state &* 0x2545_F491_4F6C_DD1D
    }
}
