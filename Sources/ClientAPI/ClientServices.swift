import EndToEnd
import Identity
import Matrix
import Media
import Push
import Rooms
import Search
import Storage
import Sync

/// What the routes of the client-server API call. Built once by the composition root.
package struct ClientServices: Sendable {
    /// The server's name.
    package let serverName: ServerName
    /// The one door to the database.
    package let store: Store
    /// Accounts, sessions and devices.
    package let accounts: Accounts
    /// What people do with rooms.
    package let rooms: RoomActions
    /// Keys of devices and messages to them.
    package let keys: KeyServer
    /// What people follow and keep for themselves.
    package let sync: SyncEngine
    /// Searches what was said.
    package let search: EventSearch
    /// Looks people up.
    package let directory: UserDirectory
    /// Files.
    package let media: MediaRepository
    /// Looks at web pages; nil where that is switched off.
    package let previews: Previews?
    /// What people do with their pushers.
    package let pushers: Pushers

    /// Services of their parts.
    package init(
        serverName: ServerName, store: Store, accounts: Accounts, rooms: RoomActions, keys: KeyServer, sync: SyncEngine,
        search: EventSearch, directory: UserDirectory, media: MediaRepository, previews: Previews? = nil, pushers: Pushers
    ) {
        self.serverName = serverName
        self.store = store
        self.accounts = accounts
        self.rooms = rooms
        self.keys = keys
        self.sync = sync
        self.search = search
        self.directory = directory
        self.media = media
        self.previews = previews
        self.pushers = pushers
    }

    /// The room that an ID or an alias names.
    /// - Throws: `M_INVALID_PARAM`, `M_NOT_FOUND` for an alias that leads nowhere.
    func room(_ idOrAlias: String) async throws -> RoomID {
        guard idOrAlias.hasPrefix("#") else { return try RoomID(parsing: idOrAlias) }
        return try await rooms.resolve(RoomAlias(parsing: idOrAlias))
    }
}
