import Matrix

/// The body of a call of simplified sliding sync.
package struct SlidingCall: Sendable {
    /// Which of the device's connections this is.
    var connection = ""
    /// A word of the client's that comes back with the answer.
    var transaction: String?
    /// What is wanted.
    var wish = SlidingWish()
    /// Up to where messages to the device arrived; not part of the wish, since it changes from call to call.
    var toDeviceSince: Int64?
}

/// What a client wants to be told of.
struct SlidingWish: Sendable, Equatable {
    /// How much of a room is wanted.
    struct Detail: Sendable, Equatable {
        /// Events of the timeline at most.
        var limit = 0
        /// Which state.
        var state = RequiredState()

        /// What covers both.
        func union(_ other: Detail) -> Detail {
            Detail(limit: max(limit, other.limit), state: state.union(other.state))
        }
    }

    /// A window over the rooms, the most recently active ones first.
    struct List: Sendable, Equatable {
        let name: String
        /// The places that are wanted, each both ends included; nil for all.
        var ranges: [ClosedRange<Int>]?
        var filter = SlidingFilter()
        var detail = Detail()
    }

    /// From which of the rooms an extension is wanted.
    struct Scope: Sendable, Equatable {
        /// Lists by name; nil for all of them.
        var lists: Set<String>?
        /// Rooms that are subscribed to; nil for all of them.
        var rooms: Set<String>?
    }

    /// Messages to the device.
    struct ToDevice: Sendable, Equatable {
        /// How many at most.
        var limit = 100
    }

    /// Threads in which something was said.
    struct Threads: Sendable, Equatable {
        /// Whether the events at which they begin are wanted, too.
        var includesRoots = false
        /// How many at most.
        var limit = 100

        static let name = "io.element.msc4360.threads"
    }

    /// The extensions that are switched on.
    struct Extensions: Sendable, Equatable {
        var toDevice: ToDevice?
        var endToEnd = false
        var accountData: Scope?
        var receipts: Scope?
        var typing: Scope?
        /// How many changes of threads that the reader follows are told at most.
        var threadSubscriptions: Int?
        var threads: Threads?

        static let threadSubscriptionsName = "io.element.msc4308.thread_subscriptions"
    }

    var lists: [List] = []
    /// Rooms that are wanted wherever they stand in the lists.
    var subscriptions: [RoomID: Detail] = [:]
    var extensions = Extensions()

    /// About how much memory it takes, in names of at most 255 bytes.
    var weight: Int {
        let named = lists.reduce(0) { $0 + 2 + ($1.ranges?.count ?? 0) / 8 + $1.detail.state.count + $1.filter.count }
        let scopes = [extensions.accountData, extensions.receipts, extensions.typing].compactMap(\.self)
        return subscriptions.values.reduce(named) { $0 + 2 + $1.state.count }
            + scopes.reduce(0) { $0 + ($1.lists?.count ?? 0) + ($1.rooms?.count ?? 0) }
    }

    /// Whether any room may be told of.
    var wantsRooms: Bool { !lists.isEmpty || !subscriptions.isEmpty }
}
