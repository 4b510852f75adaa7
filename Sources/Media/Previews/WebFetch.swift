import Addresses
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// What a server on the web has answered.
struct WebAnswer: Sendable {
    let status: Int
    /// Where it leads to instead.
    let location: String?
    /// Type and subtype in lower case.
    let type: String
    /// The body, cut where it is longer than asked for.
    let body: [UInt8]
    /// Whether something was cut.
    let isCut: Bool
}

/// Fetches one thing from one address that was checked before. It knows no names, so nothing can lead it elsewhere; it follows
/// nothing, keeps no cookies and sends nothing of whoever asked.
struct WebFetch: Sendable {
    private let tls: NIOSSLContext
    private let group: any EventLoopGroup

    init() throws {
        tls = try NIOSSLContext(configuration: .makeClientConfiguration())
        group = MultiThreadedEventLoopGroup.singleton
    }

    /// - Parameter maximum: bytes of the body that are read.
    /// - Throws: whatever went wrong; ``PreviewError/failed`` when the answer is no answer.
    func get(_ location: WebLocation, at address: NetworkAddress, upTo maximum: Int) async throws -> WebAnswer {
        let target = try SocketAddress(ipAddress: address.text, port: location.port)
        let channel = try await ClientBootstrap(group: group)
            .connectTimeout(.seconds(5))
            .connect(to: target) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if location.isSecure {
                        // The certificate must be for the name, whatever the address is.
                        let name = NetworkAddress(location.host) == nil ? location.host : nil
                        try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: name))
                    }
                    try pipeline.addHTTPClientHandlers()
                    return try NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>(
                        wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(.head(Self.request(location)))
            try await outbound.write(.end(nil))
            return try await Self.answer(inbound, maximum)
        }
    }

    private static func request(_ location: WebLocation) -> HTTPRequestHead {
        HTTPRequestHead(
            version: .http1_1, method: .GET, uri: location.path,
            headers: [
                "Host": location.authority, "User-Agent": "Conclave (link preview)", "Accept": "text/html, image/*;q=0.8",
                "Accept-Encoding": "identity", "Connection": "close",
            ])
    }

    private static func answer(
        _ inbound: NIOAsyncChannelInboundStream<HTTPClientResponsePart>, _ maximum: Int
    ) async throws -> WebAnswer {
        var head: HTTPResponseHead?
        var body: [UInt8] = []
        reading: for try await part in inbound {
            switch part {
            case .head(let found):
                head = found
                guard found.status.code == 200 else { break reading }
            case .body(let piece):
                body.append(contentsOf: piece.readableBytesView.prefix(maximum + 1 - body.count))
                if body.count > maximum { break reading }
            case .end: break reading
            }
        }
        guard let head else { throw PreviewError.failed }
        let type = MediaType(head.headers["content-type"].first).essence
        let isCut = body.count > maximum
        if isCut { body.removeLast(body.count - maximum) }
        return WebAnswer(
            status: Int(head.status.code), location: head.headers["location"].first, type: type, body: body, isCut: isCut)
    }
}
