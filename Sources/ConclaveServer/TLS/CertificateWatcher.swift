import Foundation
import Logging
import ServiceLifecycle
import UnixSignals

/// Exchanges the certificate on SIGHUP, when its files change, and before a local one ends.
struct CertificateWatcher: Service {
    /// What is watched.
    let certificate: ServerCertificate
    /// Where it tells.
    let logger: Logger
    /// The time.
    let now: @Sendable () -> Date

    /// How often the files are looked at.
    private static let fileInterval: Duration = .milliseconds(500)
    /// How often a certificate is looked at for renewal.
    private static let renewalInterval: Duration = .seconds(3600)

    func run() async throws {
        // A group of this size only stops together; each part ends by itself when the server shuts down.
        await withDiscardingTaskGroup { group in
            group.addTask {
                for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
                    reload(because: "SIGHUP")
                }
            }
            group.addTask {
                await everyInterval(Self.fileInterval) {
                    if certificate.isStale { reload(because: "its files changed") }
                }
            }
            group.addTask {
                await everyInterval(Self.renewalInterval) { reload(because: "regular look") }
            }
        }
    }

    private func everyInterval(_ interval: Duration, _ work: @escaping @Sendable () -> Void) async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                // Cancellation is the one way in which sleep fails, and the loop ends then.
                try? await Task.sleep(for: interval)
                if !Task.isCancelled { work() }
            }
        }
    }

    private func reload(because reason: String) {
        do {
            let before = certificate.material.notAfter
            try certificate.reload(now: now())
            if reason != "regular look" || certificate.material.notAfter != before {
                logger.notice("certificate reloaded", metadata: ["reason": "\(reason)"])
            }
        } catch {
            logger.error("certificate not usable, the old one stays", metadata: ["reason": "\(reason)", "error": "\(error)"])
        }
    }
}
