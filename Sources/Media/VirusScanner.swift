import Glibc
import NIOCore
import NIOPosix

/// Asks ClamAV's daemon whether content is harmful: [clamd(8), INSTREAM](https://docs.clamav.net/manual/Usage/Scanning.html#clamd).
package final class VirusScanner: Sendable {
    /// Where the daemon listens. It gets the content in the clear, so it must be on this machine.
    package enum Address: Sendable, Equatable {
        /// A socket in the file system.
        case path(String)
        /// A loopback port.
        case loopback(port: UInt16)

        /// Reads a path, or `127.0.0.1:` and a port.
        package init?(_ text: String) {
            if text.hasPrefix("/"), text.utf8.count < 108 {
                self = .path(text)
                return
            }
            let sides = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard sides.count == 2, ["127.0.0.1", "localhost"].contains(sides[0]), let port = UInt16(sides[1]), port > 0 else {
                return nil
            }
            self = .loopback(port: port)
        }
    }

    /// What the daemon says.
    enum Verdict: Sendable, Equatable {
        case clean
        /// What was found has this name.
        case found(String)
    }

    /// Whether content is refused while the daemon gives no answer.
    package let isRequired: Bool

    private let address: Address
    private let patience: Duration
    private let pool: NIOThreadPool

    /// A scanner.
    /// - Parameters:
    ///   - patience: how long the daemon may be silent.
    ///   - atOnce: scans at the same time; further ones wait.
    package init(_ address: Address, isRequired: Bool, patience: Duration = .seconds(60), atOnce: Int = 4) {
        self.address = address
        self.isRequired = isRequired
        self.patience = patience
        pool = NIOThreadPool(numberOfThreads: atOnce)
        pool.start()
    }

    deinit { pool.shutdownGracefully { _ in } }

    /// Whether the content is harmful. Nothing but a clear answer counts as one.
    /// - Throws: ``MediaError/scannerUnavailable``.
    func scan(_ content: ObjectReader) async throws -> Verdict {
        let (address, patience) = (address, patience)
        return try await pool.runIfActive {
            let connection = try ScannerConnection(address, patience: patience)
            try connection.send(Array("zINSTREAM\0".utf8))
            for range in ObjectParts(0..<content.length) {
                let piece = try content.read(range)
                // The daemon hangs up when it has heard enough, and says why.
                guard (try? connection.send(Self.bigEndian(piece.count) + piece)) != nil else { break }
            }
            _ = try? connection.send(Self.bigEndian(0))  // as before
            return try Self.verdict(in: try connection.receive())
        }
    }

    /// `stream: OK`, `stream: NAME FOUND`, or something else, which is no answer.
    static func verdict(in answer: [UInt8]) throws(MediaError) -> Verdict {
        let text = String(decoding: answer.prefix { $0 != 0 && $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        guard let colon = text.firstIndex(of: ":") else { throw .scannerUnavailable }
        let rest = text[text.index(after: colon)...].drop { $0 == " " }
        if rest == "OK" { return .clean }
        guard rest.hasSuffix(" FOUND") else { throw .scannerUnavailable }
        return .found(String(rest.dropLast(6).prefix(128)))
    }

    private static func bigEndian(_ count: Int) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: count >> $0) } }
}

/// A connection to the daemon, used by one thread.
private final class ScannerConnection {
    private let descriptor: Int32
    private let patience: Int32

    init(_ address: VirusScanner.Address, patience: Duration) throws(MediaError) {
        self.patience = Int32(clamping: patience.components.seconds * 1000)
        let family = if case .path = address { AF_UNIX } else { AF_INET }
        descriptor = socket(family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { throw .scannerUnavailable }
        let status = try Self.connect(descriptor, address)
        guard status == 0 || errno == EINPROGRESS else { throw .scannerUnavailable }
        try wait(Int16(POLLOUT))
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length) == 0, code == 0 else { throw .scannerUnavailable }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    func send(_ bytes: [UInt8]) throws(MediaError) {
        var sent = 0
        while sent < bytes.count {
            try wait(Int16(POLLOUT))
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress?.advanced(by: sent), bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EAGAIN || errno == EINTR { continue }
            guard count > 0 else { throw .scannerUnavailable }
            sent += count
        }
    }

    /// Everything up to a zero byte or the end, at most 4 KiB.
    func receive() throws(MediaError) -> [UInt8] {
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1024)
        while answer.count < 4096, !answer.contains(0) {
            try wait(Int16(POLLIN))
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count < 0, errno == EAGAIN || errno == EINTR { continue }
            guard count >= 0 else { throw .scannerUnavailable }
            if count == 0 { break }
            answer.append(contentsOf: buffer[..<count])
        }
        return answer
    }

    private func wait(_ events: Int16) throws(MediaError) {
        var wanted = pollfd(fd: descriptor, events: events, revents: 0)
        var status = poll(&wanted, 1, patience)
        while status < 0, errno == EINTR { status = poll(&wanted, 1, patience) }
        guard status > 0 else { throw .scannerUnavailable }
    }

    private static func connect(_ descriptor: Int32, _ address: VirusScanner.Address) throws(MediaError) -> Int32 {
        let name: SocketAddress
        do {
            switch address {
            case .path(let path): name = try SocketAddress(unixDomainSocketPath: path)
            case .loopback(let port): name = try SocketAddress(ipAddress: "127.0.0.1", port: Int(port))
            }
        } catch { throw .scannerUnavailable }
        return name.withSockAddr { Glibc.connect(descriptor, $0, socklen_t($1)) }
    }
}
