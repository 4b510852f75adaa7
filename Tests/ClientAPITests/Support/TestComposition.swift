import Audit
import ClientAPI
import Crypto
import EndToEnd
import Identity
import Matrix
import Media
import Push
import Rooms
import Search
import Storage
import Sync

/// The tables of the whole server.
enum ServerSchema {
    static let migrations =
        AuditLog.schema + IdentitySchema.migrations + RoomsSchema.migrations + EndToEndSchema.migrations
        + SyncSchema.migrations + MediaSchema.migrations
        + PushersSchema.migrations + SearchSchema.migrations
    static let holdings =
        Store.holdings + IdentitySchema.holdings + RoomsSchema.holdings + EndToEndSchema.holdings
        + SyncSchema.holdings + MediaSchema.holdings
        + PushersSchema.holdings + SearchSchema.holdings
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
            store: store, serverName: serverName, signer: signer, hub: hub, cache: cache, defaultVersion: defaultVersion,
            personal: .accountData, guests: { people, tx in try Accounts.guests(among: people, tx) })
        let accounts = Accounts(store: store, serverName: serverName, policy: policy, time: time)
        let keys = KeyServer(
            serverName: serverName, store: store, hub: hub,
            devices: KnownDevices(identifiers: accounts.deviceIdentifiers, names: accounts.deviceNames))
        accounts.watchDevices(DeviceWatch(appears: keys.checkNewDevice, removed: keys.remove, deactivated: keys.removeAll))
        accounts.onSessionsEnded { ended in hub.endSession(user: ended.user, device: ended.device) }
        accounts.onInterrupted { user in hub.release(user: user) }
        return ClientServices(
            serverName: serverName, store: store, accounts: accounts, rooms: rooms, keys: keys,
            sync: SyncEngine(store: store, hub: hub, cache: cache, keys: keys, now: time),
            search: EventSearch(store: store, cache: cache), directory: UserDirectory(store: store, cache: cache), media: media,
            pushers: Pushers(store: store, policy: PushPolicy()) { _ in })
    }
}
