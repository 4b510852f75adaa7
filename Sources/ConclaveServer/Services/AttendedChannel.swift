import HummingbirdCore
import Logging
import NIOCore
import NIOSSL
import NIOTLS
import Rooms

/// A channel that notices when its caller hangs up, so that nobody waits on behalf of somebody who is gone.
struct AttendedChannel<Base: ServerChildChannel>: ServerChildChannel {
    /// The channel that does the work, and who is at its other end.
    struct Value: ServerChildChannelValue {
        let base: Base.Value
        let caller: HangUp
        var channel: any Channel { base.channel }
    }

    /// The channel that does the work.
    let base: Base

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        let caller = HangUp()
        return base.setup(channel: channel, logger: logger).flatMapThrowing { value in
            let pipeline = channel.pipeline.syncOperations
            // Where there is TLS, its end is what counts; some clients say goodbye and keep the socket open.
            let tls = try? pipeline.handler(type: NIOSSLServerHandler.self)  // none is the answer of a plain channel
            try pipeline.addHandler(Attention(caller), position: tls.map { .after($0) } ?? .first)
            return Value(base: value, caller: caller)
        }
    }

    func handle(value: Value, logger: Logger) async {
        await HangUp.$current.withValue(value.caller) {
            await base.handle(value: value.base, logger: logger)
        }
    }
}

/// Hears that nothing more will come over a channel, and ends one whose client sleeps when the server stops.
private final class Attention: ChannelInboundHandler {
    typealias InboundIn = NIOAny

    private let caller: HangUp
    private var isHTTP2 = false
    private var farewell: Scheduled<Void>?

    init(_ caller: HangUp) { self.caller = caller }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed: caller.tell()
        case TLSUserEvent.handshakeCompleted(let application): isHTTP2 = application == "h2"
        case is ChannelShouldQuiesceEvent where isHTTP2:
            // The library says farewell and waits for an answer before it closes even an idle connection.
            let channel = context.channel
            farewell = context.eventLoop.scheduleTask(in: Self.patience) { channel.close(promise: nil) }
        default: break
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // The client is awake: what it still does may take as long as the server has for its end.
        farewell?.cancel()
        context.fireChannelRead(data)
    }

    func channelInactive(context: ChannelHandlerContext) {
        farewell?.cancel()
        caller.tell()
        context.fireChannelInactive()
    }

    private static let patience: TimeAmount = .milliseconds(500)
}
