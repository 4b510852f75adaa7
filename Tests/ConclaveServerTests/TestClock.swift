import ConclaveServer
import Synchronization

/// A clock that goes on, and jumps when told.
final class TestClock: Sendable {
    private let jumped = Mutex<Int64>(0)

    var now: Int64 { Serving.systemTime() + jumped.withLock { $0 } }

    func advance(by milliseconds: Int64) { jumped.withLock { $0 += milliseconds } }
}
