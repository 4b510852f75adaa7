/// Who made a room, by the words of its create event.
/// [Room version 12](https://spec.matrix.org/v1.19/rooms/v12/#authorisation-rules)
package struct RoomCreators: Sendable, Equatable {
    /// The user IDs; only version 12 can have more than one.
    package let users: [String]

    /// The creators of the room with this create event.
    package init(create: StateEvent, version: RoomVersion) {
        if version.namesCreatorInContent {
            users = create.content["creator"]?.string.map { [$0] } ?? []
        } else if version.hasPrivilegedCreators {
            let additional = create.content["additional_creators"]?.elements.compactMap(\.string) ?? []
            users = [create.sender.rawValue] + additional
        } else {
            users = [create.sender.rawValue]
        }
    }

    /// Whether the user is one of them.
    package func contains(_ user: UserID) -> Bool { users.contains { $0.utf8.elementsEqual(user.rawValue.utf8) } }
}
