import Matrix
import Storage

/// A page of the threads that somebody began or ceased to follow. Of each thread only the last word is known.
///
/// [Proposal](https://github.com/matrix-org/matrix-spec-proposals/pull/4308)
package struct ThreadSubscriptionChanges: Sendable {
    /// The last word about one thread.
    package struct Change: Sendable, Equatable {
        /// The room of the thread.
        package let roomID: RoomID
        /// The event at which the thread begins.
        package let root: EventID
        /// When it was said, in the order of all changes.
        package let position: Int64
        /// What was said.
        package let subscription: ThreadSubscription
    }

    /// The changes, the latest first.
    package let changes: [Change]
    /// Where the next page begins; nil on the last one.
    package let next: HistoryToken?

    /// What changed with `after < position <= upTo`.
    package init(of person: Int64, after: Int64, upTo: Int64, limit: Int, _ tx: Transaction) throws {
        let found = try ThreadSubscriptionQueries.changes(of: person, after: after, upTo: upTo, limit: limit + 1, tx)
        changes = Array(found.prefix(limit))
        next = found.count > limit ? changes.last.map { HistoryToken(before: $0.position) } : nil
    }

    /// Writes the members `subscribed` and `unsubscribed`, by room and thread; an empty one is left out.
    package func append(to object: inout JSONWriter) {
        let isOver = { (change: Change) in change.subscription == .unsubscribed }
        append(changes.filter { !isOver($0) }, as: "subscribed", to: &object)
        append(changes.filter(isOver), as: "unsubscribed", to: &object)
    }

    private func append(_ changes: [Change], as name: String, to object: inout JSONWriter) {
        guard !changes.isEmpty else { return }
        let rooms = Dictionary(grouping: changes, by: \.roomID).sorted { $0.key.rawValue < $1.key.rawValue }
        object.memberObject(name) { section in
            for (roomID, changes) in rooms {
                section.memberObject(roomID.rawValue) { threads in
                    for change in changes { threads.memberObject(change.root.rawValue) { change.append(to: &$0) } }
                }
            }
        }
    }
}

extension ThreadSubscriptionChanges.Change {
    fileprivate func append(to object: inout JSONWriter) {
        if case .subscribed(let automatic) = subscription { object.member("automatic", automatic) }
        object.member("bump_stamp", position)
    }
}
