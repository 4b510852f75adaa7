import CConfine

/// The memory of the process, where the keys are.
package enum OwnMemory {
    /// Closes it to other processes of the same user (`ptrace`, `/proc/PID/mem`, `/proc/PID/environ`) and keeps it out of core
    /// files; the system's administrator still gets in. Call it first of all.
    /// - Returns: whether the system does so.
    @discardableResult
    package static func close() -> Bool { conclave_hide() == 0 }
}
