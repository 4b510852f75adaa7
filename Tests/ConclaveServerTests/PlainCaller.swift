import NIOCore
import NIOPosix

/// A connection without TLS.
struct PlainCaller: Sendable {
    private let channel: any Channel

    static func connect(_ port: Int) async throws -> PlainCaller {
        PlainCaller(
            channel: try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(host: "127.0.0.1", port: port).get())
    }

    /// Sends bytes.
    func say(_ text: String) async throws { try await channel.writeAndFlush(ByteBuffer(string: text)) }

    func close() async { try? await channel.close() }

    /// Whether the server closes the connection by itself within some seconds.
    func isClosed(within seconds: Int64) async -> Bool {
        let closed = channel.closeFuture
        let timer = channel.eventLoop.scheduleTask(in: .seconds(seconds)) { channel.close(promise: nil) }
        let start = ContinuousClock.now
        _ = try? await closed.get()
        timer.cancel()
        return ContinuousClock.now - start < .seconds(seconds)
    }
}
