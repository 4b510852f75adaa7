import Foundation
import NIOCore
import NIOPosix

/// HTTP without TLS, by hand, so that every byte is known.
enum Web {
    /// The body and the whole answer.
    static func get(_ address: String) async throws -> (body: String, answer: String) {
        let url = URL(string: address)
        let answer = try await send(
            "GET \(url?.path ?? "/") HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", to: url?.port ?? 80)
        return (answer.components(separatedBy: "\r\n\r\n").dropFirst().joined(separator: "\r\n\r\n"), answer)
    }

    /// Sends bytes and reads until the server closes.
    static func send(_ request: String, to port: Int) async throws -> String {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: request))
            var answer = ""
            for try await part in inbound { answer += String(buffer: part) }
            return answer
        }
    }
}
