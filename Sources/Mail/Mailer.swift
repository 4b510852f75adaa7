import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// Hands messages in to a mail server, one connection for each.
/// [RFC 5321](https://www.rfc-editor.org/rfc/rfc5321), [RFC 3207](https://www.rfc-editor.org/rfc/rfc3207) (STARTTLS),
/// [RFC 4954](https://www.rfc-editor.org/rfc/rfc4954) (AUTH)
package struct Mailer: Sendable {
    private let server: MailServer
    private let timeout: Duration

    /// A mailer.
    /// - Parameter timeout: how long one message may take in all.
    package init(_ server: MailServer, timeout: Duration = .seconds(30)) {
        self.server = server
        self.timeout = timeout
    }

    /// Hands a message in; returns when the server has taken responsibility for it. What goes wrong after that is no failure: the
    /// message is on its way, and to send it again would deliver it twice.
    /// - Parameters:
    ///   - id: makes the message unique: letters and digits.
    ///   - date: when it is sent.
    /// - Throws: ``MailError``.
    package func send(_ message: MailMessage, id: String, date: Date) async throws {
        let handover = Handover()
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await deliver(message, id, date, handover) }
                group.addTask {
                    try await Task.sleep(for: timeout)
                    throw MailError.timeout
                }
                defer { group.cancelAll() }
                _ = try await group.next()
            }
        } catch {
            if handover.isDone { return }
            if error is MailError || error is CancellationError { throw error }
            throw MailError.connection("\(type(of: error))")
        }
    }

    private func deliver(_ message: MailMessage, _ id: String, _ date: Date, _ handover: Handover) async throws {
        let context = try tlsContext()
        let channel = try await connect(context)
        try await channel.executeThenClose { inbound, outbound in
            var talk = MailConversation(inbound.makeAsyncIterator(), outbound)
            try await talk.expect(220, "the connection")
            var extensions = try await talk.greet()
            if server.security == .startTLS {
                guard extensions.contains("STARTTLS") else { throw MailError.unsupported("STARTTLS") }
                try await talk.say("STARTTLS", expecting: 220, "STARTTLS")
                // What came before the handshake was not protected, so it must not count after it (CVE-2011-0411 and the like).
                guard talk.isDrained else { throw MailError.nonsense }
                try await secure(channel.channel, context)
                extensions = try await talk.greet()
            }
            if let credentials = server.credentials { try await talk.authenticate(credentials, extensions, server.security) }
            try await talk.say("MAIL FROM:<\(server.sender)>", expecting: 250, "the sender")
            try await talk.say("RCPT TO:<\(message.recipient)>", expecting: 250, "the recipient")
            try await talk.say("DATA", expecting: 354, "the message")
            try await talk.write(
                message.bytes(from: server.sender, name: server.senderName, id: id, date: date) + Array(".\r\n".utf8))
            try await talk.expect(250, "the message")
            handover.done()
            // Goodbye is said and not waited for; that it could not be said loses nothing.
            try? await talk.write(Array("QUIT\r\n".utf8))
        }
    }

    private func connect(_ context: NIOSSLContext) async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        let (host, security) = (server.host, server.security)
        return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.seconds(10))
            .connect(host: host, port: server.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    if security == .tls {
                        try channel.pipeline.syncOperations.addHandler(Self.handler(context, host))
                    }
                    return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
    }

    private func secure(_ channel: any Channel, _ context: NIOSSLContext) async throws {
        let host = server.host
        try await channel.eventLoop.submit {
            try channel.pipeline.syncOperations.addHandler(Self.handler(context, host), position: .first)
        }.get()
    }

    private func tlsContext() throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.certificateVerification = .fullVerification
        configuration.shutdownTimeout = .seconds(1)
        if !server.authorities.isEmpty { configuration.additionalTrustRoots = [.certificates(server.authorities)] }
        return try NIOSSLContext(configuration: configuration)
    }

    private static func handler(_ context: NIOSSLContext, _ host: String) throws -> NIOSSLClientHandler {
        // A numeric address is no name that a server could be told.
        let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
        return try NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : host)
    }
}

/// Whether the mail server has taken responsibility for a message.
private final class Handover: Sendable {
    private let state = Mutex(false)

    var isDone: Bool { state.withLock { $0 } }

    func done() { state.withLock { $0 = true } }
}

/// The lines that a client and a mail server say to each other.
private struct MailConversation {
    private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private var buffer: [UInt8] = []
    private static let longestReply = 65_536

    init(_ inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator, _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>)
    {
        self.inbound = inbound
        self.outbound = outbound
    }

    /// Whether everything that came was read.
    var isDrained: Bool { buffer.isEmpty }

    mutating func greet() async throws -> Set<String> {
        let lines = try await say("EHLO conclave", expecting: 250, "EHLO")
        return Set(lines.dropFirst().map { $0.uppercased() })
    }

    mutating func authenticate(
        _ credentials: MailServer.Credentials, _ extensions: Set<String>, _ security: MailServer.Security
    ) async throws {
        guard security != .none else { throw MailError.unsupported("TLS, without which no password is sent") }
        let mechanisms = extensions.first { $0.hasPrefix("AUTH") }?.split(whereSeparator: { $0 == " " || $0 == "=" }) ?? []
        func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }
        if mechanisms.contains("PLAIN") {
            try await say(
                "AUTH PLAIN " + base64("\0\(credentials.user)\0\(credentials.password)"), expecting: 235, "the password")
        } else if mechanisms.contains("LOGIN") {
            try await say("AUTH LOGIN", expecting: 334, "AUTH LOGIN")
            try await say(base64(credentials.user), expecting: 334, "the user")
            try await say(base64(credentials.password), expecting: 235, "the password")
        } else {
            throw MailError.unsupported("AUTH PLAIN or LOGIN")
        }
    }

    @discardableResult
    mutating func say(_ line: String, expecting code: Int, _ step: String) async throws -> [String] {
        try await write(Array((line + "\r\n").utf8))
        return try await expect(code, step)
    }

    func write(_ bytes: [UInt8]) async throws { try await outbound.write(ByteBuffer(bytes: bytes)) }

    /// Reads one reply, of one line or several.
    /// - Returns: the texts of its lines.
    @discardableResult
    mutating func expect(_ code: Int, _ step: String) async throws -> [String] {
        var texts: [String] = []
        var size = 0
        while true {
            let line = try await line()
            size += line.count
            guard size <= Self.longestReply, line.count >= 3, let found = Int(String(decoding: line.prefix(3), as: UTF8.self))
            else {
                throw MailError.nonsense
            }
            texts.append(String(decoding: line.dropFirst(4), as: UTF8.self))
            if line.count > 3, line[3] == UInt8(ascii: "-") { continue }
            guard found == code || (code == 250 && found == 251) else { throw MailError.refused(code: found, step: step) }
            return texts
        }
    }

    private mutating func line() async throws -> [UInt8] {
        while true {
            if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
                var line = Array(buffer[..<end])
                buffer.removeFirst(end + 1)
                if line.last == UInt8(ascii: "\r") { line.removeLast() }
                return line
            }
            guard buffer.count <= Self.longestReply else { throw MailError.nonsense }
            guard let part = try await inbound.next() else { throw MailError.connection("closed") }
            buffer.append(contentsOf: part.readableBytesView)
        }
    }
}
