import Audit
import Matrix
import Storage

/// Whether somebody follows a thread.
///
/// [Proposal](https://github.com/matrix-org/matrix-spec-proposals/pull/4306)
package enum ThreadSubscription: Sendable, Equatable {
    /// The person follows it; `automatic` when a client began that by itself.
    case subscribed(automatic: Bool)
    /// The person ceased to follow it.
    case unsubscribed
}

extension RoomActions {
    /// Lets somebody follow a thread. What a person asked for is not undone by what a client does by itself.
    /// - Parameter cause: the event of the thread for which a client does this by itself; nil when the person asked for it.
    /// - Throws: ``RoomReadError/eventNotFound`` for events that the person may not see, ``RoomError/notInThread``,
    ///   ``RoomError/unsubscribedSince`` when the person ceased to follow the thread after the cause.
    package func subscribe(
        to root: EventID, in roomID: RoomID, because cause: EventID? = nil, by requester: Requester, at now: Int64
    ) async throws {
        try await store.write { tx in
            let (reading, event) = try Self.thread(root, in: roomID, for: requester, cache: cache, tx)
            let before = try ThreadSubscriptionQueries.subscription(of: requester.number, to: event.position, tx)
            if let cause {
                let position = try position(of: cause, in: root, reading, requester, tx)
                switch before {
                case (.subscribed, _)?: return
                case (.unsubscribed, let since)?: guard position > since else { throw RoomError.unsubscribedSince }
                case nil: break
                }
            } else if before?.0 == .subscribed(automatic: false) {
                return
            }
            try note(.subscribed(automatic: cause != nil), event, reading, requester, at: now, tx)
        }
    }

    /// Lets somebody follow a thread no more. That is noted also of a thread that was not followed: what happened up to now is
    /// no reason any more for a client to follow it by itself.
    /// - Throws: ``RoomReadError/eventNotFound``.
    package func unsubscribe(from root: EventID, in roomID: RoomID, by requester: Requester, at now: Int64) async throws {
        try await store.write { tx in
            let (reading, event) = try Self.thread(root, in: roomID, for: requester, cache: cache, tx)
            try note(.unsubscribed, event, reading, requester, at: now, tx)
        }
    }

    /// The event at which a thread begins, for somebody who may see it.
    fileprivate static func thread(
        _ root: EventID, in roomID: RoomID, for requester: Requester, cache: EventCache, _ tx: Transaction
    ) throws -> (RoomReading, StoredEvent) {
        do {
            let reading = try RoomReading(roomID, for: requester.number, tx)
            return (reading, try reading.event(root, cache: cache, tx))
        } catch RoomReadError.notVisible {
            throw RoomReadError.eventNotFound
        }
    }

    /// Where an event of a thread lies, which somebody may see and wants to.
    private func position(
        of cause: EventID, in root: EventID, _ reading: RoomReading, _ requester: Requester, _ tx: Transaction
    ) throws -> Int64 {
        let event = try reading.event(cause, cache: cache, tx)
        guard try !personal.ignored(requester.number, tx).contains(event.sender) else { throw RoomReadError.eventNotFound }
        guard try ThreadQueries.root(at: event.position, in: reading.room, tx) == root.rawValue else {
            throw RoomError.notInThread
        }
        return event.position
    }

    private func note(
        _ subscription: ThreadSubscription, _ root: StoredEvent, _ reading: RoomReading, _ requester: Requester, at now: Int64,
        _ tx: Transaction
    ) throws {
        let position = try tx.nextPosition()
        try ThreadSubscriptionQueries.put(
            subscription, of: requester.number, to: root.position, in: reading.room, at: position, tx)
        try AuditLog.append(
            AuditEntry(
                code: subscription == .unsubscribed ? .dataThreadUnsubscribe : .dataThreadSubscribe, by: requester,
                target: root.eventID.rawValue, room: reading.roomID, time: now), tx)
        let hub = hub
        tx.afterCommit { hub.userChanged(requester.number, position: position) }
    }
}

extension RoomReads {
    /// Whether somebody follows a thread; nil when there was never a word about it.
    /// - Throws: ``RoomReadError/eventNotFound``.
    package func subscription(
        to root: EventID, in roomID: RoomID, of requester: Requester
    ) async throws -> ThreadSubscription? {
        let cache = cache
        return try await store.read { tx in
            let (_, event) = try RoomActions.thread(root, in: roomID, for: requester, cache: cache, tx)
            return try ThreadSubscriptionQueries.subscription(of: requester.number, to: event.position, tx)?.0
        }
    }

    /// A page of the threads that somebody began or ceased to follow, the latest change first.
    ///
    /// [Proposal](https://github.com/matrix-org/matrix-spec-proposals/pull/4308)
    /// - Parameters:
    ///   - from: where to begin; nil for now.
    ///   - to: where to stop.
    package func subscriptionChanges(
        from: HistoryToken?, to: HistoryToken?, limit: Int, of requester: Requester
    ) async throws -> ThreadSubscriptionChanges {
        try await store.read { tx in
            try ThreadSubscriptionChanges(
                of: requester.number, after: to?.position ?? 0, upTo: from?.position ?? .max, limit: limit, tx)
        }
    }
}
