import Matrix
import Rooms
import Storage

/// Takes what people keep about a room over to the room that replaces it: their tags.
///
/// [Specification](https://spec.matrix.org/v1.19/client-server-api/#room-upgrades)
enum CarryOver {
    private static let types = ["m.tag"]

    /// Copies a person's data about the old room to the new one, where there are none yet. The caller wakes the person.
    static func rooms(_ person: Int64, from old: RoomID, to new: RoomID, _ tx: Transaction) throws {
        guard let oldRoom = try tx.number(of: old), let newRoom = try tx.number(of: new) else { return }
        for type in types {
            guard let datum = try AccountDataQueries.datum(type, of: person, in: oldRoom, tx),
                try AccountDataQueries.datum(type, of: person, in: newRoom, tx) == nil
            else { continue }
            _ = try AccountDataQueries.set(type, content: datum.content.raw, of: person, in: newRoom, tx)
        }
    }
}
