import Matrix
import Rooms
import Storage
import Synchronization

/// A room in somebody's list, as of a mark.
struct SlidingRow: Sendable {
    let room: Int64
    let membership: Membership
    /// The position of the reader's member event.
    let position: Int64
    /// Who sent it.
    let sender: Int64
    let isForgotten: Bool
    /// When something last happened there that the reader hears of.
    let activity: Int64
    /// Whether the reader was inside and was put out by somebody else.
    let wasRemoved: Bool

    /// Whether the reader is neither inside nor about to be.
    var isOut: Bool { membership == .leave || membership == .ban }
    /// Whether lists have it without its having been told of before.
    var isListed: Bool { !isOut || wasRemoved }

    /// The row as `MembershipQueries` gives it.
    func membershipRow(of user: Int64) -> MembershipRow {
        MembershipRow(
            user: user, room: room, membership: membership, position: position, sender: sender, forgotten: isForgotten)
    }
}

/// All rooms of one person in the order of their last activity, as of a mark.
struct SlidingRows: Sendable {
    fileprivate(set) var mark: StreamMark
    fileprivate(set) var rows: [Int64: SlidingRow] = [:]
    /// Those that lists have, the most recently active one first.
    fileprivate(set) var listed: [SlidingRow] = []
    /// All others, which lists have only for connections that told of them before.
    fileprivate(set) var rest: [SlidingRow] = []

    fileprivate init(mark: StreamMark) { self.mark = mark }

    fileprivate mutating func order() {
        listed = []
        rest = []
        for row in rows.values { if row.isListed { listed.append(row) } else { rest.append(row) } }
        listed.sort(by: Self.isBefore)
    }

    /// What was active later comes first.
    static func isBefore(_ one: SlidingRow, _ other: SlidingRow) -> Bool {
        (one.activity, one.room) > (other.activity, other.room)
    }
}

/// The rooms of people who follow them through a window, kept in memory and brought up to date by what the hub announced, so
/// that a call costs what happened and not how many rooms there are.
final class SlidingRowCache: Sendable {
    private struct Held {
        var people: [Int64: SlidingRows] = [:]
        var count = 0
    }

    private let held = Mutex(Held())
    /// Rows of all people together.
    private static let capacity = 500_000

    /// What was known of somebody's rooms when they were last looked at.
    func rows(of user: Int64) -> SlidingRows? { held.withLock { $0.people[user] } }

    fileprivate func keep(_ rows: SlidingRows, of user: Int64) {
        held.withLock { held in
            if let before = held.people[user] {
                guard before.mark.position <= rows.mark.position else { return }
                held.count -= before.rows.count
            }
            if held.count + rows.rows.count > Self.capacity {
                held.people = [:]
                held.count = 0
            }
            held.people[user] = rows
            held.count += rows.rows.count
        }
    }
}

extension SyncPass {
    /// The reader's rooms as of the mark.
    /// - Parameter before: an earlier look, from whose mark on the hints tell what happened.
    func slidingRows(_ before: SlidingRows?) throws -> SlidingRows {
        var result = before ?? SlidingRows(mark: mark)
        if before == nil || hints == nil {
            result = SlidingRows(mark: mark)
            let rows = try MembershipQueries.rooms(of: request.number, tx)
            engine.hub.remember(rows.lazy.filter(\.isInside).map(\.room), of: request.number)
            let last = try SlidingQueries.lastEvents(ofRoomsOf: request.number, tx)
            for row in rows { result.rows[row.room] = try slidingRow(row, last: last[row.room]) }
            result.order()
        } else {
            var isChanged = false
            for hint in hints ?? [] where hint.events {
                // Of a room that was purged nothing is left.
                let row = try MembershipQueries.membership(request.number, hint.room, tx)
                result.rows[hint.room] = try row.flatMap { try slidingRow($0, last: nil) }
                isChanged = true
            }
            if ownChange > result.mark.position {
                // Forgetting a room is no event of it.
                for row in result.listed where row.wasRemoved {
                    guard let fresh = try MembershipQueries.membership(request.number, row.room, tx), fresh.forgotten else {
                        continue
                    }
                    result.rows[row.room] = try slidingRow(fresh, last: nil)
                    isChanged = true
                }
            }
            result.mark = mark
            if isChanged { result.order() }
        }
        engine.sliding.rows.keep(result, of: request.number)
        return result
    }

    /// A row as of the mark; the database may be further already.
    private func slidingRow(_ row: MembershipRow, last: Int64?) throws -> SlidingRow? {
        var row = row
        if row.position > mark.position {
            guard let earlier = try SlidingQueries.membership(row.user, row.room, upTo: mark.position, tx) else { return nil }
            row = earlier
        }
        var activity = row.position
        if row.membership == .join {
            let known = last.flatMap { $0 <= mark.position ? $0 : nil }
            activity = try max(activity, known ?? Timeline.last(in: row.room, upTo: mark.position, tx) ?? 0)
        }
        let wasRemoved =
            try !row.isInside && !row.forgotten && (row.membership == .ban || row.sender != row.user)
            && SlidingQueries.wasInside(row.user, row.room, before: row.position, tx)
        return SlidingRow(
            room: row.room, membership: row.membership, position: row.position, sender: row.sender, isForgotten: row.forgotten,
            activity: activity, wasRemoved: wasRemoved)
    }
}
