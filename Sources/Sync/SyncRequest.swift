import Audit
import Matrix
import Rooms

/// One call of `/sync`, read and checked.
///
/// [Specification](https://spec.matrix.org/v1.16/client-server-api/#get_matrixclientv3sync)
package struct SyncRequest: Sendable {
    /// Who asks.
    package let user: UserID
    /// His number.
    package let number: Int64
    /// The device that asks.
    package let device: String?
    /// Up to where the device knows everything; nil for the first time.
    package var since: StreamMark?
    /// Up to where the device has its messages, where that is less far than everything else.
    package var messages: Int64?
    /// What is wanted.
    package var filter: SyncFilter
    /// Whether all state is wanted, also what the device knows.
    package var wantsFullState: Bool
    /// How long to wait for news, in milliseconds.
    package var timeout: Int64
    /// As what the device wants to be seen; nil leaves it alone.
    package var presence: Presence.Standing
    /// Whether state is wanted as of the end of the timeline instead of its start.
    package var usesStateAfter: Bool

    /// A call of its parts.
    package init(
        by requester: Requester, since: StreamMark? = nil, filter: SyncFilter = SyncFilter(), wantsFullState: Bool = false,
        timeout: Int64 = 0, presence: Presence.Standing = .online, usesStateAfter: Bool = false
    ) {
        user = requester.user
        number = requester.number
        device = requester.device
        self.since = since
        self.filter = filter
        self.wantsFullState = wantsFullState
        self.timeout = timeout
        self.presence = presence
        self.usesStateAfter = usesStateAfter
    }
}

extension SyncRequest {
    /// Whether messages to the device are left from the last answer.
    var hasMessages: Bool {
        guard let since, let messages else { return false }
        return messages < since.position
    }
}
