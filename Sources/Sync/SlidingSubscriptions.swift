import Matrix
import Rooms
import Storage

extension SlidingPass {
    /// Writes which threads the reader began or ceased to follow; returns whether that is news.
    ///
    /// [Proposal](https://github.com/matrix-org/matrix-spec-proposals/pull/4308)
    mutating func appendThreadSubscriptions(limit: Int, to extensions: inout JSONWriter) throws -> Bool {
        let told = next.subscriptions
        next.subscriptions = mark.position
        // Memory knows of every change since the start, so a look without one reads nothing.
        if let told, base.ownChange <= told { return false }
        let found = try ThreadSubscriptionChanges(of: user, after: told ?? 0, upTo: mark.position, limit: limit, tx)
        guard !found.changes.isEmpty else { return false }
        extensions.memberObject(SlidingWish.Extensions.threadSubscriptionsName) { object in
            found.append(to: &object)
            if let next = found.next { object.member("prev_batch", next.description) }
        }
        return true
    }
}
