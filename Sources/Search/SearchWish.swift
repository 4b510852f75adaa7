import Matrix
import Rooms

/// What somebody searches for among the events of rooms.
///
/// [Specification](https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3search)
package struct SearchWish: Sendable {
    /// What of each result's surroundings is wanted.
    package struct Surroundings: Sendable {
        /// How many events before the result.
        package let before: Int
        /// How many after it.
        package let after: Int
        /// Whether the names and pictures that the senders had then.
        package let includesProfiles: Bool

        /// Surroundings of results.
        package init(before: Int, after: Int, includesProfiles: Bool) {
            self.before = before
            self.after = after
            self.includesProfiles = includesProfiles
        }
    }

    /// By what results are partitioned.
    package enum Grouping: String, Sendable, CaseIterable {
        case room = "room_id"
        case sender
    }

    /// The text.
    package let term: String
    /// Where it may stand.
    package var fields: Set<SearchField> = Set(SearchField.allCases)
    /// Only these rooms and those they replaced, where given.
    package var rooms: [String]?
    /// Never these rooms.
    package var notRooms: [String] = []
    /// Only events of these people, where given.
    package var senders: [String]?
    /// Which events at all.
    package var selection = EventSelection.everything
    /// Whose events are never shown to the one who asks.
    package var ignored: Set<UserID> = []
    /// The order.
    package var order = SearchOrder.rank
    /// How many results.
    package var limit = SearchWish.usualLimit
    /// What of the surroundings; nil for nothing.
    package var surroundings: Surroundings?
    /// Whether the state of the rooms.
    package var includesState = false
    /// By what results are partitioned.
    package var groupings: [Grouping] = []
    /// Where the page before ended.
    package var cursor: SearchCursor?

    /// How many results a page has if nothing is said.
    package static let usualLimit = 10
    /// How many it has at most.
    package static let largestLimit = 100
    /// The longest term in bytes.
    package static let longestTerm = 2_048

    /// A search for a text everywhere.
    /// - Throws: ``SearchError/termTooLong``.
    package init(term: String) throws(SearchError) {
        guard term.utf8.count <= Self.longestTerm else { throw .termTooLong }
        self.term = term
    }
}

/// The answer to a ``SearchWish``.
package struct SearchPage: Sendable {
    /// An event that was found.
    package struct Result: Sendable {
        /// How well it fits, above 0 and at most 1.
        package let rank: Double
        /// Its room.
        package let room: RoomID
        /// The event.
        package let event: ViewedEvent
        /// What is around it, if asked for.
        package let surroundings: Surroundings?
    }

    /// What is around a result.
    package struct Surroundings: Sendable {
        /// The boundaries of what is shown.
        package let start, end: HistoryToken
        /// Newest first.
        package let before: [ViewedEvent]
        /// Oldest first.
        package let after: [ViewedEvent]
        /// What the senders were called then, if asked for.
        package let profiles: [JoinedMember]?
    }

    /// The results that have something in common.
    package struct Group: Sendable {
        /// The room or sender.
        package let key: String
        /// Its place among the groups, from 1.
        package let order: Int
        /// The results on this page.
        package let results: [EventID]
        /// Where the group goes on; nil when it ends here.
        package let next: SearchCursor?
    }

    /// How many results there are on all pages: exact up to some hundreds, an estimate above that.
    package var count = 0
    /// The words to be marked in the texts.
    package var highlights: [String] = []
    /// The results of this page, in order.
    package var results: [Result] = []
    /// The state of their rooms, if asked for.
    package var state: [(room: RoomID, events: [ViewedEvent])]?
    /// The groups, by grouping.
    package var groups: [(grouping: SearchWish.Grouping, groups: [Group])] = []
    /// Where the next page begins; nil when there is none.
    package var next: SearchCursor?

    /// Nothing found.
    package init() {}
}
