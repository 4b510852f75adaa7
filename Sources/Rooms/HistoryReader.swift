import Matrix
import Storage

/// The values of `m.room.history_visibility`; what is not understood counts as `shared`.
package enum HistoryVisibility: String, Sendable, CaseIterable {
    case worldReadable = "world_readable"
    case shared, invited, joined

    /// The visibility that a stored or sent word means.
    package init(understanding word: String?) {
        self = word.flatMap { HistoryVisibility(rawValue: $0) } ?? .shared
    }
}

/// What of a room's history one person may see; loaded once, then asked per event without a query.
///
/// [Specification](https://spec.matrix.org/v1.16/client-server-api/#room-history-visibility)
package struct HistoryReader: Sendable {
    /// A value and the position from which on it holds.
    package struct Change<Value: Sendable>: Sendable {
        /// From this position on.
        package let position: Int64
        /// The value that holds.
        package let value: Value

        /// A change of its parts.
        package init(position: Int64, value: Value) {
            self.position = position
            self.value = value
        }
    }

    /// The reader's membership through time, in order.
    package let memberships: [Change<Membership>]
    /// The room's visibility through time, in order.
    package let visibilities: [Change<HistoryVisibility>]

    /// A reader with these histories, each in order of position.
    package init(memberships: [Change<Membership>], visibilities: [Change<HistoryVisibility>]) {
        self.memberships = memberships
        self.visibilities = visibilities
    }

    /// The reader `user` (`nil`: somebody the server has no number for) in a room.
    package init(room: Int64, user: Int64?, _ tx: Transaction) throws {
        var memberships: [Change<Membership>] = []
        if let user {
            try tx.each(
                "SELECT position, membership FROM membership_changes WHERE room = ? AND \"user\" = ? ORDER BY position",
                [.int(room), .int(user)]
            ) { row in
                guard let value = try Membership(rawValue: row.text(1)) else { return }
                memberships.append(Change(position: try row.int(0), value: value))
            }
        }
        var visibilities: [Change<HistoryVisibility>] = []
        try tx.each(
            "SELECT position, visibility FROM visibility_changes WHERE room = ? ORDER BY position", [.int(room)]
        ) { row in
            visibilities.append(Change(position: try row.int(0), value: HistoryVisibility(understanding: try row.text(1))))
        }
        self.init(memberships: memberships, visibilities: visibilities)
    }

    /// Whether the reader may see the event at a position.
    ///
    /// A change of visibility and a change of the reader's own membership are seen if before *or* after them would allow it;
    /// for any other event before and after are the same.
    package func maySee(_ position: Int64) -> Bool {
        let before = position - 1
        return allows(visibility(after: before), membership(after: before), at: position)
            || allows(visibility(after: position), membership(after: position), at: position)
    }

    /// The reader's membership after everything up to a position; `nil` if the room did not know them.
    package func membership(after position: Int64) -> Membership? {
        Self.value(in: memberships, after: position)
    }

    /// The room's visibility after everything up to a position.
    package func visibility(after position: Int64) -> HistoryVisibility {
        Self.value(in: visibilities, after: position) ?? .shared
    }

    /// The reader's membership now.
    package var currentMembership: Membership? { memberships.last?.value }
    /// The room's visibility now.
    package var currentVisibility: HistoryVisibility { visibilities.last?.value ?? .shared }

    /// The position at which the reader last stopped being joined; `nil` while joined, and for somebody who never was.
    package var departure: Int64? {
        guard let joined = memberships.lastIndex(where: { $0.value == .join }), joined + 1 < memberships.count else { return nil }
        return memberships[joined + 1].position
    }

    private func allows(_ visibility: HistoryVisibility, _ membership: Membership?, at position: Int64) -> Bool {
        if visibility == .worldReadable || membership == .join { return true }
        switch visibility {
        case .shared: return joins(after: position)
        case .invited: return membership == .invite
        case .joined, .worldReadable: return false
        }
    }

    private func joins(after position: Int64) -> Bool {
        memberships.last { $0.value == .join }.map { $0.position > position } ?? false
    }

    private static func value<Value>(in changes: [Change<Value>], after position: Int64) -> Value? {
        var low = 0
        var high = changes.count
        while low < high {
            let middle = (low + high) / 2
            if changes[middle].position <= position { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? nil : changes[low - 1].value
    }
}

extension HistoryReader {
    /// What was known at a position.
    package func upTo(_ position: Int64) -> HistoryReader {
        HistoryReader(
            memberships: memberships.filter { $0.position <= position },
            visibilities: visibilities.filter { $0.position <= position })
    }
}
