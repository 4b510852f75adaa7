import Audit
import Matrix

/// One call of simplified sliding sync, read and checked.
///
/// [Proposal](https://github.com/matrix-org/matrix-spec-proposals/pull/4186)
package struct SlidingRequest: Sendable {
    /// Who asks.
    package let requester: Requester
    /// What is asked.
    package var call: SlidingCall
    /// Up to where the client knows everything it asked for; nil for the first time.
    package var pos: SlidingToken?
    /// How long to wait for news, in milliseconds.
    package var timeout: Int64 = 0
    /// As what the device wants to be seen.
    package var presence = Presence.Standing.online

    /// A call of its body.
    /// - Throws: `M_BAD_JSON`, `M_MISSING_PARAM`, `M_INVALID_PARAM`.
    package init(_ body: JSON, by requester: Requester) throws(MatrixError) {
        self.requester = requester
        call = try SlidingCall(body, for: requester.user)
    }

    var wish: SlidingWish { call.wish }
}
