import Access
import HTTPSurface
import HTTPTypes
import Storage
import Synchronization

/// Whether the server takes requests: not before all its listeners do, and not any more while it stops.
final class Readiness: Sendable {
    private let isOpen = Atomic<Bool>(false)

    /// Whether requests should be sent here.
    var isReady: Bool { isOpen.load(ordering: .acquiring) }

    /// From now on, or no longer.
    func set(_ ready: Bool) { isOpen.store(ready, ordering: .releasing) }

    /// `/healthz` (the process lives) and `/readyz` (it takes requests and can read its database).
    func routes(_ store: Store) -> [Route] {
        [
            .open(.get, "/healthz", permission: .serverInfoRead, audit: .reads, rate: .unlimited) { _ in Self.words("ok") },
            .open(.get, "/readyz", permission: .serverInfoRead, audit: .reads, rate: .unlimited) { [self] _ in
                guard isReady else { return Self.words("not ready", ok: false) }
                do {
                    _ = try await store.read { tx in try tx.position() }
                    return Self.words("ready")
                } catch {
                    return Self.words("the database cannot be read", ok: false)
                }
            },
        ]
    }

    private static func words(_ text: String, ok: Bool = true) -> Reply {
        Reply(
            status: ok ? .ok : .serviceUnavailable, headers: [.contentType: "text/plain; charset=utf-8"],
            body: Array((text + "\n").utf8))
    }
}
