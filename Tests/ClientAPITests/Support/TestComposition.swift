import Audit
import ClientAPI
import Crypto
import Identity
import Matrix
import Media
import Push
import Rooms
import Storage
import Sync

/// The tables of the whole server.
enum ServerSchema {
    static let migrations =
        AuditLog.schema + IdentitySchema.migrations + RoomsSchema.migrations + SyncSchema.migrations + MediaSchema.migrations
        + PushersSchema.migrations
}

extension EventSigner {
    /// A signer whose key nobody else has.
    static func random(for name: ServerName) -> EventSigner { EventSigner(serverName: name, keyID: "1", key: .init()) }
}

extension ClientServices {
    /// The services over an open store.
    static func open(
        store: Store, serverName: ServerName, policy: IdentityPolicy, signer: EventSigner, defaultVersion: RoomVersion,
        media: MediaRepository, time: @escaping @Sendable () -> Int64
    ) async throws -> ClientServices {
        let hub = StreamHub(position: try await store.read { try $0.position() }, serial: time())
        let cache = EventCache()
        let rooms = RoomActions(
            store: store, serverName: serverName, signer: signer, hub: hub, cache: cache, defaultVersion: defaultVersion)
        return ClientServices(
            serverName: serverName, store: store,
            accounts: Accounts(store: store, serverName: serverName, policy: policy, time: time), rooms: rooms,
            sync: SyncEngine(store: store, hub: hub, cache: cache, now: time), media: media,
            pushers: Pushers(store: store, policy: PushPolicy()) { _ in })
    }
}
