import Foundation
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// The door for commands on the same machine: a socket in the data directory, which only its owner may enter. A command
/// writes one line of JSON, the server answers with one and closes.
struct AdminSocket: Service {
    /// The data directory.
    let directory: String
    /// Does what is asked.
    let desk: AdminDesk
    /// Where it tells.
    let logger: Logger

    /// In bytes.
    private static let longestRequest = 65_536
    private static let longestWait: TimeAmount = .seconds(60)

    func run() async throws {
        let place = try AdminPlace(directory: directory)
        unlink(place.path)
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .bind(unixDomainSocketPath: place.path) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        chmod(place.path, 0o600)
        defer { unlink(place.path) }
        try await withThrowingDiscardingTaskGroup { group in
            try await server.executeThenClose { clients in
                for try await client in clients.cancelOnGracefulShutdown() {
                    group.addTask { await serve(client) }
                }
            }
        }
    }

    private func serve(_ client: NIOAsyncChannel<ByteBuffer, ByteBuffer>) async {
        do {
            try await client.executeThenClose { inbound, _ in
                guard let line = try await within(Self.longestWait, client, { try await Self.line(inbound) }) else { return }
                let answer: AdminAnswer
                do {
                    answer = await desk.answer(try JSONDecoder().decode(AdminRequest.self, from: Data(line)))
                } catch {
                    answer = .refused(sentence: "The server does not know this command; is it of another version?", exitCode: 64)
                }
                let bytes = ByteBuffer(bytes: try JSONEncoder().encode(answer) + [UInt8(ascii: "\n")])
                // Closing drops what the socket did not take yet, so the answer has to be out before.
                try await within(Self.longestWait, client) { try await client.channel.writeAndFlush(bytes) }
            }
        } catch {
            logger.debug("a command went away", metadata: ["error": "\(type(of: error))"])
        }
    }

    /// The request; nil when there is none, or one that is too long.
    private static func line(_ inbound: NIOAsyncChannelInboundStream<ByteBuffer>) async throws -> [UInt8]? {
        var line: [UInt8] = []
        for try await part in inbound {
            line += part.readableBytesView
            if line.last == UInt8(ascii: "\n") || line.count > Self.longestRequest { break }
        }
        return line.isEmpty || line.count > Self.longestRequest ? nil : line
    }

    /// Does something for which a command must not keep the server waiting.
    private func within<Value>(
        _ time: TimeAmount, _ client: NIOAsyncChannel<ByteBuffer, ByteBuffer>, _ work: () async throws -> Value
    ) async throws -> Value {
        let timer = client.channel.eventLoop.scheduleTask(in: time) { client.channel.close(promise: nil) }
        defer { timer.cancel() }
        return try await work()
    }
}

/// Where the socket lies. Its name is reached through the open directory, because the name of a socket may have no more
/// than 107 bytes and data directories may lie deep.
struct AdminPlace: ~Copyable {
    private let descriptor: Int32
    /// The path, valid as long as this value lives.
    var path: String { "/proc/self/fd/\(descriptor)/conclave.sock" }

    init(directory: String) throws {
        descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure(sentence: "\(directory) cannot be opened.", exitCode: 16) }
    }

    deinit { close(descriptor) }
}
