import Hummingbird
import HummingbirdCore
import HummingbirdHTTP2
import Logging
import NIOCore
import NIOSSL
import ServiceLifecycle

/// The doors of the server: TLS for everybody, plain HTTP and metrics for this machine only.
struct Listeners {
    /// Bounds on connections.
    let limits: Settings.Limits
    /// Where they tell.
    let logger: Logger

    /// The listener for everybody: HTTP/2 and HTTP/1.1 over TLS.
    /// - Parameter bound: called with the port once connections are taken.
    func tls<Answering: HTTPResponder>(
        _ responder: Answering, on endpoint: Settings.Endpoint, certificate: ServerCertificate, allowsTLS12: Bool,
        bound: @escaping @Sendable (Int) async -> Void
    ) -> ListenerService where Answering.Context: InitializableFromSource<ApplicationRequestContextSource> {
        let tls = certificate.tlsConfiguration(allowsTLS12: allowsTLS12)
        let configuration = HTTP2UpgradeChannel.Configuration(
            idleTimeout: limits.idle, gracefulCloseTimeout: limits.drain, streamConfiguration: http1)
        let deadline = TimeAmount(limits.handshake)
        let server = HTTPServerBuilder { responder in
            AttendedChannel(
                base: DeadlinedChannel(
                    base: try HTTP2UpgradeChannel(tlsConfiguration: tls, configuration: configuration, responder: responder),
                    deadline: deadline))
        }
        return service(responder, server, endpoint, bound)
    }

    /// A listener without TLS. The settings see to it that it is on loopback.
    /// - Parameter bound: called with the port once connections are taken.
    func plain<Answering: HTTPResponder>(
        _ responder: Answering, on endpoint: Settings.Endpoint, bound: @escaping @Sendable (Int) async -> Void
    ) -> ListenerService where Answering.Context: InitializableFromSource<ApplicationRequestContextSource> {
        precondition(endpoint.isLoopback, "a listener without TLS on \(endpoint.address)")
        let http1 = http1
        let server = HTTPServerBuilder { responder in
            AttendedChannel(base: HTTP1Channel(responder: responder, configuration: http1))
        }
        return service(responder, server, endpoint, bound)
    }

    private var http1: HTTP1Channel.Configuration {
        HTTP1Channel.Configuration(
            idleTimeout: TimeAmount(limits.idle),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: limits.headerBytes, maxHeaderListSize: limits.headerBytes, maxHeaderFieldCount: 200))
    }

    private func service<Answering: HTTPResponder>(
        _ responder: Answering, _ server: HTTPServerBuilder, _ endpoint: Settings.Endpoint,
        _ bound: @escaping @Sendable (Int) async -> Void
    ) -> ListenerService where Answering.Context: InitializableFromSource<ApplicationRequestContextSource> {
        let application = Application(
            responder: responder, server: server,
            configuration: ApplicationConfiguration(
                address: .hostname(endpoint.address, port: endpoint.port), backlog: 1024,
                availableConnectionsDelegate: .maximum(limits.connections, logger: logger)),
            onServerRunning: { channel in await bound(channel.localAddress?.port ?? endpoint.port) },
            logger: logger)
        return ListenerService(application: application, endpoint: endpoint)
    }
}

/// A listener that says which port it could not have.
struct ListenerService: Service {
    /// Does the work.
    let application: any Service
    /// Where it listens.
    let endpoint: Settings.Endpoint
    /// Told why the server does without this listener; nil when it must not.
    var givenUp: (@Sendable (ListenerError) async -> Void)?

    func run() async throws {
        do {
            try await application.run()
        } catch let error as IOError {
            let error = ListenerError(endpoint: endpoint, code: error.errnoCode)
            guard let givenUp else { throw error }
            await givenUp(error)
            // Fails only when cancelled, and then it is time to end as well.
            try? await gracefulShutdown()
        }
    }
}
