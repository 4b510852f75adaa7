import Logging
import Rooms
import Search
import ServiceLifecycle
import Synchronization

/// The services of a running server in the order of their start; they stop in the opposite order.
struct Doors: Sendable {
    /// What a listener is for.
    enum Door: Sendable { case tls, plain, metrics }

    /// The ports that are open.
    struct Ports: Sendable {
        private(set) var tls: Int?
        private(set) var plain: Int?
        private(set) var metrics: Int?

        mutating func set(_ door: Door, _ port: Int?) {
            switch door {
            case .tls: tls = port
            case .plain: plain = port
            case .metrics: metrics = port
            }
        }
    }

    /// The services.
    let services: [any Service]

    /// - Parameter opened: called once all listeners take connections.
    init(
        _ composition: Composition, settings: Settings, metrics: MetricsRegistry, logger: Logger,
        now: @escaping @Sendable () -> Int64, opened: @escaping @Sendable (Ports) async -> Void
    ) {
        let listeners = Listeners(limits: settings.limits, logger: logger)
        let wanted = [settings.listener?.port, settings.plainListener?.port, settings.metricsPort].count { $0 != nil }
        let waiting = Opening(wanted, opened)
        var services: [any Service] = [
            Housekeeping(
                engine: composition.engine, accounts: composition.foundations.accounts, keys: composition.keys,
                media: composition.media,
                custody: RoomCustody(composition.rooms, settings.retention), now: now, logger: logger),
            composition.push,
            Indexing(
                indexer: SearchIndexer(store: composition.foundations.store, logger: logger), directory: composition.directory,
                logger: logger),
            AdminSocket(
                directory: settings.dataDirectory,
                desk: AdminDesk(composition.foundations, rooms: composition.rooms) { composition.certificate.material.notAfter },
                logger: logger),
        ]
        if let port = settings.metricsPort {
            let endpoint = Settings.Endpoint(address: "127.0.0.1", port: port)
            var listener = listeners.plain(MetricsResponder(registry: metrics), on: endpoint) {
                await waiting.opened(.metrics, $0)
            }
            if !settings.metricsPortIsExplicit {
                listener.givenUp = { error in
                    logger.warning("no metrics", metadata: ["reason": "\(error)"])
                    await waiting.opened(.metrics, nil)
                }
            }
            services.append(listener)
        }
        if let endpoint = settings.listener {
            services.append(
                CertificateWatcher(certificate: composition.certificate, logger: logger, now: { Timestamp.date(now()) }))
            services.append(
                listeners.tls(
                    composition.surface, on: endpoint, certificate: composition.certificate,
                    allowsTLS12: settings.allowsTLS12
                ) { await waiting.opened(.tls, $0) })
        }
        if let endpoint = settings.plainListener {
            services.append(listeners.plain(composition.surface, on: endpoint) { await waiting.opened(.plain, $0) })
        }
        services.append(Drain(readiness: composition.readiness, hub: composition.hub))
        self.services = services
    }

    /// Counts the listeners until all of them are settled.
    private final class Opening: Sendable {
        private let state: Mutex<(missing: Int, ports: Ports)>
        private let done: @Sendable (Ports) async -> Void

        init(_ wanted: Int, _ done: @escaping @Sendable (Ports) async -> Void) {
            state = Mutex((wanted, Ports()))
            self.done = done
        }

        /// Notes a port, or that it was given up; the last one opens the server.
        func opened(_ door: Door, _ port: Int?) async {
            let ports: Ports? = state.withLock { state in
                state.ports.set(door, port)
                state.missing -= 1
                return state.missing == 0 ? state.ports : nil
            }
            if let ports { await done(ports) }
        }
    }
}
