import Synchronization

/// Whether a caller is still on the line. Those who only wait on his behalf are sent home when he hangs up; what he asked to be
/// done is done all the same.
///
/// A listener makes one for each connection and binds it to the task that serves it.
package final class HangUp: Sendable {
    private struct State {
        var isOver = false
        var waiting: [UInt64: @Sendable () -> Void] = [:]
    }

    /// That of the connection which the running task serves.
    @TaskLocal package static var current: HangUp?

    private let state = Mutex(State())

    /// A caller who is on the line.
    package init() {}

    /// The caller has hung up.
    package func tell() {
        let waiting = state.withLock { state in
            state.isOver = true
            defer { state.waiting = [:] }
            return state.waiting
        }
        for (_, goHome) in waiting { goHome() }
    }

    /// Has `goHome` run when the caller hangs up, or now if he has.
    func await(_ id: UInt64, _ goHome: @escaping @Sendable () -> Void) {
        let isOver = state.withLock { state in
            if !state.isOver { state.waiting[id] = goHome }
            return state.isOver
        }
        if isOver { goHome() }
    }

    /// The wait is over.
    func forget(_ id: UInt64) {
        state.withLock { $0.waiting[id] = nil }
    }
}
