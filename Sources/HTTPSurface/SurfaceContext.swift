import Hummingbird
import Logging
import NIOCore

/// What Hummingbird keeps for a request: its own storage and the address of the peer.
package struct SurfaceContext: RequestContext {
    /// Hummingbird's part.
    package var coreContext: CoreRequestContextStorage
    /// The peer's address without the port, empty where there is none.
    package let peer: String
    /// The name of the request in logs, in the audit log and in its answer.
    package let id: String
    /// The connection, or the stream of one that carries several.
    let channel: any Channel

    /// Takes the peer's address from the connection.
    package init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        peer = source.channel.remoteAddress?.ipAddress ?? ""
        id = source.logger[metadataKey: "hb.request.id"]?.description ?? ""
        channel = source.channel
    }
}
