import Audit
import Foundation
import HTTPSurface
import Identity
import Logging
import Metrics
import ServiceLifecycle
import Storage
import UnixSignals

/// Runs the server from its start to its end.
package struct Serving: Sendable {
    /// The settings.
    let settings: Settings
    /// The environment of the process.
    let environment: [String: String]
    /// All metrics.
    let metrics: MetricsRegistry
    /// Where it tells.
    let logger: Logger
    /// The clock, milliseconds since 1970.
    let now: @Sendable () -> Int64
    /// Shows what a person at the terminal needs.
    let show: @Sendable (Banner) -> Void

    /// A server of its settings.
    package init(
        _ settings: Settings, environment: [String: String], metrics: MetricsRegistry = MetricsRegistry(),
        logger: Logger = Logger(label: "conclave"), now: @escaping @Sendable () -> Int64 = Serving.systemTime,
        show: @escaping @Sendable (Banner) -> Void
    ) {
        self.settings = settings
        self.environment = environment
        self.metrics = metrics
        self.logger = logger
        self.now = now
        self.show = show
    }

    /// The system's clock.
    package static let systemTime: @Sendable () -> Int64 = Timestamp.now

    /// Lets logging, metrics and memory of the whole process go where they should; once, before the first line.
    package static func bootstrap(_ settings: Settings) -> MetricsRegistry {
        Allocator.settle()
        let level = Logger.Level(rawValue: settings.logLevel) ?? .info
        LoggingSystem.bootstrap { label in
            // The HTTP library tells at `info` what the banner says better.
            let isOurs = label.hasPrefix("conclave")
            return JSONLogHandler(label: label, level: isOurs ? level : max(level, .notice), now: Timestamp.now)
        }
        let registry = MetricsRegistry()
        MetricsSystem.bootstrap(registry)
        return registry
    }

    /// Serves until SIGTERM or SIGINT, or until the task's service group shuts down.
    /// - Throws: what stopped the start, or a service that failed.
    package func run(stoppingOn signals: [UnixSignal]) async throws {
        let start = ContinuousClock.now
        OpenFiles.raise()
        let foundations = try await Foundations.open(settings, environment: environment, now: now)
        do {
            let composition = try await Composition(foundations, now: now)
            try await serve(composition, signals, since: start)
        } catch {
            await foundations.store.close()
            throw error
        }
        // What is lost when this fails is when devices were last seen.
        try? await foundations.accounts.tidy()
        try? await record(.serverStop, in: foundations)
        await foundations.store.close()
        logger.notice("stopped")
    }

    private func serve(_ composition: Composition, _ signals: [UnixSignal], since start: ContinuousClock.Instant) async throws {
        warn()
        let doors = Doors(composition, settings: settings, metrics: metrics, logger: logger, now: now) { ports in
            try? await record(.serverStart, in: composition.foundations)  // a full disk must not keep the door shut
            composition.address.settle(port: ports.tls)
            composition.readiness.set(true)
            await announce(composition, ports, in: ContinuousClock.now - start)
        }
        var configuration = ServiceGroupConfiguration(
            services: doors.services.map { .init(service: $0) }, gracefulShutdownSignals: signals, logger: quiet)
        configuration.maximumGracefulShutdownDuration = settings.limits.drain
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch is CancellationError {
            logger.warning("some requests did not finish in time")
        }
    }

    private func record(_ code: AuditCode, in foundations: Foundations) async throws {
        let time = now()
        try await foundations.store.write { tx in
            try AuditLog.append(AuditEntry(code: code, by: .server, target: ConclaveVersion.current, time: time), tx)
        }
    }

    private func announce(_ composition: Composition, _ ports: Doors.Ports, in elapsed: Duration) async {
        let accounts = composition.foundations.accounts
        var token: String?
        do {
            if try await accounts.needsSetUp() { token = try await accounts.makeSetUpToken(by: .server) }
        } catch {
            logger.error("no set-up link could be made", metadata: ["error": "\(type(of: error))"])
        }
        logger.notice(
            "started",
            metadata: [
                "version": "\(ConclaveVersion.current)", "ms": "\(elapsed.milliseconds)",
                "port": "\(ports.tls.map(String.init) ?? "none")", "plain-port": "\(ports.plain.map(String.init) ?? "none")",
            ])
        show(Banner(composition, ports: ports, setUpToken: token, elapsed: elapsed))
    }

    private func warn() {
        if settings.isTestProfile {
            logger.warning("test profile: open registration, no rate limits, loopback only; not for real conversations")
        }
        if settings.allowsTLS12 { logger.warning("tls.minimum-version is 1.2: old clients are let in with weaker handshakes") }
        if let plain = settings.plainListener { logger.warning("a listener without TLS is open on \(plain.address)") }
    }

    private var quiet: Logger {
        var logger = logger
        logger.logLevel = max(logger.logLevel, .warning)
        return logger
    }
}

extension Serving: Service {
    /// Serves as part of a larger group of services, whose shutdown ends it.
    package func run() async throws {
        try await run(stoppingOn: [])
    }
}
