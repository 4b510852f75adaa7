import Audit
import Matrix
import Rooms
import Storage

/// Sends notices of the people who run the server, in rooms that clients know by their tag.
///
/// [Specification](https://spec.matrix.org/v1.19/client-server-api/#server-notices)
package struct ServerNotices: Sendable {
    private let rooms: RoomActions
    private let hub: StreamHub

    /// Notices in the rooms of a server.
    package init(_ rooms: RoomActions) {
        self.rooms = rooms
        hub = rooms.hub
    }

    /// Sends a notice to somebody who has an account.
    /// - Throws: `M_INVALID_PARAM` for no text, `M_NOT_FOUND`, `M_TOO_LARGE`.
    @discardableResult
    package func send(_ text: String, to user: UserID, by actor: AuditEntry.Actor, at now: Int64) async throws -> EventID {
        guard !text.isEmpty else { throw MatrixError.invalidParam("a notice has a text") }
        let hub = hub
        return try await rooms.notice(text, to: user, by: actor, at: now) { place, tx in
            let known = try AccountDataQueries.datum("m.tag", of: place.person, in: place.room, tx)?.content["tags"]
            guard known?[Self.tag] == nil else { return }
            var writer = JSONWriter()
            writer.object { content in
                content.memberObject("tags") { tags in
                    if let known { for (name, value) in known.members { tags.memberRaw(name, value.raw) } }
                    tags.memberObject(Self.tag) { _ in }
                }
            }
            let position = try AccountDataQueries.set("m.tag", content: writer.bytes, of: place.person, in: place.room, tx)
            tx.afterCommit { hub.userChanged(place.person, position: position) }
        }
    }

    private static let tag = "m.server_notice"
}
