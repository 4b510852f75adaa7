import Matrix
import Rooms

/// A room as commands show it: that it is there, not what is in it.
package struct AdminRoom: Codable, Sendable {
    /// The room.
    package let roomID: String
    /// Its version.
    package let version: String
    /// How many people are joined.
    package let members: Int
    /// Milliseconds since 1970.
    package let createdAt: Int64
    /// Whether it stands in the directory.
    package let published: Bool
    /// Whether it is under legal hold.
    package let held: Bool
    /// Whether it is being purged.
    package let purging: Bool

    init(_ room: RoomEntry) {
        roomID = room.roomID.rawValue
        version = room.version
        members = room.members
        createdAt = room.createdAt
        published = room.isPublished
        held = room.isHeld
        purging = room.isPurged
    }
}

/// A report as commands show it.
package struct AdminReport: Codable, Sendable {
    /// Its number.
    package let id: Int64
    /// Milliseconds since 1970.
    package let createdAt: Int64
    /// Who reports.
    package let reporter: String
    /// The room, when a room or an event is reported.
    package let room: String?
    /// The event, when one is reported.
    package let event: String?
    /// The person, when one is reported.
    package let user: String?
    /// In the reporter's words.
    package let reason: String

    init(_ report: Report) {
        id = report.id
        createdAt = report.createdAt
        reporter = report.reporter.rawValue
        reason = report.reason
        switch report.subject {
        case .room(let reported):
            room = reported.rawValue
            event = nil
            user = nil
        case .event(let id, let place):
            room = place.rawValue
            event = id.rawValue
            user = nil
        case .user(let reported):
            room = nil
            event = nil
            user = reported.rawValue
        }
    }
}
