import Access
import Audit
import HTTPSurface
import HTTPTypes
import Identity
import Matrix
import Rooms

extension ClientRoutes {
    /// Which threads a person follows, and in which something was said.
    ///
    /// [Proposal](https://github.com/matrix-org/matrix-spec-proposals/pull/4306)
    static func followedThreads(_ services: ClientServices) -> [Route] {
        let one = "/_matrix/client/unstable/io.element.msc4306/rooms/{roomId}/thread/{eventId}/subscription"
        return [
            Route(.get, one, permission: .accountDataUse, audit: .reads) { exchange, session in
                let (root, roomID) = try thread(exchange)
                let found = try await services.rooms.reads.subscription(to: root, in: roomID, of: session.requester)
                guard case .subscribed(let automatic)? = found else { throw MatrixError.notFound("the thread is not followed") }
                return .object { $0.member("automatic", automatic) }
            },
            Route(.put, one, permission: .accountDataUse, audit: .writes(.dataThreadSubscribe)) { exchange, session in
                let (root, roomID) = try thread(exchange)
                let cause = try await exchange.body().optionalString("automatic").map { try EventID(parsing: $0) }
                try await services.rooms.subscribe(
                    to: root, in: roomID, because: cause, by: session.requester, at: exchange.now)
                return .empty
            },
            Route(.delete, one, permission: .accountDataUse, audit: .writes(.dataThreadUnsubscribe)) { exchange, session in
                let (root, roomID) = try thread(exchange)
                try await services.rooms.unsubscribe(from: root, in: roomID, by: session.requester, at: exchange.now)
                return .empty
            },
            subscriptionChanges(services), threadUpdates(services),
        ]
    }

    /// Paging back through what sliding sync had no room for.
    ///
    /// [Proposal](https://github.com/matrix-org/matrix-spec-proposals/pull/4308)
    private static func subscriptionChanges(_ services: ClientServices) -> Route {
        Route(
            .get, "/_matrix/client/unstable/io.element.msc4308/thread_subscriptions", permission: .accountDataUse, audit: .reads
        ) { exchange, session in
            try onlyBackwards(exchange)
            let page = try await services.rooms.reads.subscriptionChanges(
                from: exchange.query("from").map(HistoryToken.init(parsing:)),
                to: exchange.query("to").map(HistoryToken.init(parsing:)),
                limit: exchange.pageLimit(usual: 100, largest: ThreadPages.largestOfChanges), of: session.requester)
            return .object { object in
                page.append(to: &object)
                if let next = page.next { object.member("end", next.description) }
            }
        }
    }

    /// Paging back through the threads that sliding sync had no room for.
    ///
    /// [Proposal](https://github.com/matrix-org/matrix-spec-proposals/pull/4360)
    private static func threadUpdates(_ services: ClientServices) -> Route {
        Route(
            .get, "/_matrix/client/unstable/io.element.msc4360/thread_updates", permission: .roomRead, audit: .reads
        ) { exchange, session in
            try onlyBackwards(exchange)
            let page = try await services.rooms.reads.threadUpdates(
                from: exchange.query("from").map(ThreadsToken.init(parsing:)),
                to: exchange.query("to").map(HistoryToken.init(parsing:)),
                limit: exchange.pageLimit(usual: 100, largest: ThreadPages.largestOfUpdates), by: session.requester,
                at: exchange.now)
            return try .object { object in
                try page.append(as: "chunk", namesRooms: true, to: &object)
                if let next = page.next { object.member("next_batch", next.description) }
            }
        }
    }

    private static func thread(_ exchange: Exchange) throws(MatrixError) -> (EventID, RoomID) {
        (try EventID(parsing: exchange.path("eventId")), try RoomID(parsing: exchange.path("roomId")))
    }

    /// - Throws: `M_MISSING_PARAM`, `M_INVALID_PARAM` for any direction but backwards.
    private static func onlyBackwards(_ exchange: Exchange) throws(MatrixError) {
        guard try exchange.requiredDirection() == .backwards else { throw .invalidParam("dir must be b") }
    }
}
