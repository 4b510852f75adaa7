import ConclaveServer
import Logging
import Synchronization

/// Keeps what is logged.
final class Lines: Sendable {
    private let bytes = Mutex<[UInt8]>([])

    var text: String { bytes.withLock { String(decoding: $0, as: UTF8.self) } }

    /// A logger that writes here.
    var logger: Logger {
        Logger(label: "conclave.test") { label in
            JSONLogHandler(label: label, level: .trace, now: { 0 }) { line in self.bytes.withLock { $0 += line } }
        }
    }
}
