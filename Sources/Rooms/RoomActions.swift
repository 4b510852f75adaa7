import Audit
import Matrix
import Storage

/// What people do with rooms. Each action decides and changes in one transaction, leaves its audit entry in it and wakes
/// the people concerned after the commit.
package struct RoomActions: Sendable {
    /// Where it is written.
    let store: Store
    /// This server's name.
    let serverName: ServerName
    /// Signs the events.
    let signer: EventSigner
    /// Wakes those who wait.
    package let hub: StreamHub
    /// Keeps what was just written for those who read it next.
    let cache: EventCache
    /// The version of rooms that are created without naming one.
    package let defaultVersion: RoomVersion
    /// Who among these people is a guest. Accounts know; whoever puts the server together connects the two.
    let guests: @Sendable (_ among: [Int64], Transaction) throws -> [Int64]
    /// What people have decided for themselves.
    let personal: PersonalSettings
    /// Where rooms are or have to be encrypted.
    package let encryption: EncryptionPolicy

    /// The actions of one server.
    package init(
        store: Store, serverName: ServerName, signer: EventSigner, hub: StreamHub, cache: EventCache,
        defaultVersion: RoomVersion, personal: PersonalSettings = .none, encryption: EncryptionPolicy = EncryptionPolicy(),
        guests: @escaping @Sendable (_ among: [Int64], Transaction) throws -> [Int64] = { _, _ in [] }
    ) {
        self.store = store
        self.serverName = serverName
        self.signer = signer
        self.hub = hub
        self.cache = cache
        self.defaultVersion = defaultVersion
        self.personal = personal
        self.encryption = encryption
        self.guests = guests
    }

    /// Opens the room and runs a change on it.
    /// - Throws: `M_FORBIDDEN` when there is no such room; nobody learns from the answer whether it exists.
    func change<T: Sendable>(
        _ roomID: RoomID, _ body: @escaping @Sendable (inout RoomWriter) throws -> T
    ) async throws -> T {
        try await store.write { tx in
            guard let state = try RoomState.load(roomID, tx) else { throw RoomError.notInRoom }
            var writer = RoomWriter(state: state, actions: self, tx: tx)
            return try body(&writer)
        }
    }
}
