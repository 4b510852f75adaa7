import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS
import Synchronization

/// A connection to a server, with the handshake in the open.
final class Caller: Sendable {
    /// What the handshake settled.
    struct Handshake: Sendable {
        var application: String?
        var serial: [UInt8] = []
    }

    private let channel: any Channel
    private let parts: AsyncStream<ByteBuffer>
    private let settled: Settled

    private final class Settled: Sendable {
        let handshake = Mutex(Handshake())
    }

    var handshake: Handshake { settled.handshake.withLock { $0 } }

    /// Connects and waits for the handshake.
    static func connect(
        _ port: Int, trusting authority: String? = nil, from oldest: TLSVersion = .tlsv12, to newest: TLSVersion = .tlsv13,
        offering protocols: [String] = []
    ) async throws -> Caller {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = oldest
        tls.maximumTLSVersion = newest
        tls.applicationProtocols = protocols
        if let authority { tls.trustRoots = .file(authority) } else { tls.certificateVerification = .none }
        let context = try NIOSSLContext(configuration: tls)
        let settled = Settled()
        let (parts, continuation) = AsyncStream.makeStream(of: ByteBuffer.self)
        let done = MultiThreadedEventLoopGroup.singleton.any().makePromise(of: Void.self)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(NIOSSLClientHandler(context: context, serverHostname: "localhost"))
                try channel.pipeline.syncOperations.addHandler(Ears(continuation, settled, done))
            }
        }.connect(host: "127.0.0.1", port: port).get()
        do { try await done.futureResult.get() } catch {
            channel.close(promise: nil)
            throw error
        }
        return Caller(channel, parts, settled)
    }

    private init(_ channel: any Channel, _ parts: AsyncStream<ByteBuffer>, _ settled: Settled) {
        self.channel = channel
        self.parts = parts
        self.settled = settled
    }

    /// Sends bytes.
    func say(_ text: String) async throws { try await channel.writeAndFlush(ByteBuffer(string: text)) }

    /// Reads no more, as a device does that sleeps: the server's goodbye is not answered.
    func sleep() async throws { try await channel.setOption(.autoRead, value: false).get() }

    /// Sends an HTTP/1.1 request on this connection; the whole answer as text.
    func ask(_ path: String, method: String = "GET", headers: String = "", body: String = "") async throws -> String {
        let request =
            "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\n\(headers)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
        try await channel.writeAndFlush(ByteBuffer(string: request))
        var answer = ""
        for await part in parts {
            answer += String(buffer: part)
            if let head = answer.firstRange(of: "\r\n\r\n"),
                let length = answer.firstMatch(of: #/(?i)content-length: (\d+)/#).flatMap({ Int($0.1) }),
                answer[head.upperBound...].utf8.count >= length
            {
                break
            }
        }
        return answer
    }

    /// Whether the server closes the connection by itself within some seconds.
    func isClosed(within seconds: Int64) async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask { [channel] in (try? await channel.closeFuture.get()) != nil }
            group.addTask {
                try? await Task.sleep(for: .seconds(seconds))
                return false
            }
            let first = await group.next() ?? false
            channel.close(promise: nil)
            return first
        }
    }

    func close() async { try? await channel.close() }

    private final class Ears: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let continuation: AsyncStream<ByteBuffer>.Continuation
        private let settled: Settled
        private let done: EventLoopPromise<Void>

        init(_ continuation: AsyncStream<ByteBuffer>.Continuation, _ settled: Settled, _ done: EventLoopPromise<Void>) {
            self.continuation = continuation
            self.settled = settled
            self.done = done
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            guard case .handshakeCompleted(let application)? = event as? TLSUserEvent else { return }
            let serial = (try? context.pipeline.syncOperations.nioSSL_peerCertificate())??.serialNumber ?? []
            settled.handshake.withLock { $0 = Handshake(application: application, serial: serial) }
            done.succeed()
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { continuation.yield(unwrapInboundIn(data)) }

        func channelInactive(context: ChannelHandlerContext) {
            continuation.finish()
            done.fail(ChannelError.eof)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            done.fail(error)
            context.close(promise: nil)
        }
    }
}
