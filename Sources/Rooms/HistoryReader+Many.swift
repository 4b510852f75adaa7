import Matrix
import Storage

extension HistoryReader {
    /// What one person sees of many rooms, by room; costs two queries for some hundred rooms.
    static func all(of user: Int64, in rooms: [Int64], _ tx: Transaction) throws -> [Int64: HistoryReader] {
        var memberships: [Int64: [Change<Membership>]] = [:]
        var visibilities: [Int64: [Change<HistoryVisibility>]] = [:]
        for start in stride(from: 0, to: rooms.count, by: roomsAtOnce) {
            let part = SQLList(rooms[start..<min(start + roomsAtOnce, rooms.count)])
            try tx.each(
                """
                SELECT room, position, membership FROM membership_changes
                WHERE room IN (\(part.marks)) AND "user" = ? ORDER BY room, position
                """, part.arguments + [.int(user)]
            ) { row in
                guard let value = try Membership(rawValue: row.text(2)) else { return }
                memberships[try row.int(0), default: []].append(Change(position: try row.int(1), value: value))
            }
            try tx.each(
                "SELECT room, position, visibility FROM visibility_changes WHERE room IN (\(part.marks)) ORDER BY room, position",
                part.arguments
            ) { row in
                let value = HistoryVisibility(understanding: try row.text(2))
                visibilities[try row.int(0), default: []].append(Change(position: try row.int(1), value: value))
            }
        }
        return Dictionary(
            rooms.map { ($0, HistoryReader(memberships: memberships[$0] ?? [], visibilities: visibilities[$0] ?? [])) }
        ) { first, _ in first }
    }

    /// How many rooms one statement names.
    private static let roomsAtOnce = 256
}
