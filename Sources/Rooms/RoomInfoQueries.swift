import Matrix
import Storage

/// What is known of a room besides its state.
enum RoomInfoQueries {
    /// The rules that a room follows; nil for a room that is not there.
    static func version(of room: Int64, _ tx: Transaction) throws -> RoomVersion? {
        try tx.first("SELECT version FROM room_info WHERE room = ?", .int(room)).flatMap { RoomVersion(rawValue: try $0.text(0)) }
    }
}
