import Matrix
import Rooms
import Storage

extension Foundations {
    /// The rooms of open data, for a command that runs without a server: nobody waits on this hub.
    func rooms(now: Int64) async throws -> RoomActions {
        RoomActions(
            store: store, serverName: serverName, signer: signer,
            hub: StreamHub(position: try await store.read { tx in try tx.position() }, serial: now), cache: EventCache(),
            defaultVersion: RoomVersion(rawValue: settings.roomVersion) ?? .v12)
    }
}
