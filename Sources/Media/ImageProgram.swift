import Glibc
import NIOPosix
import Synchronization

/// Runs the program that makes pictures smaller: a process for each picture, so many at once, with a deadline. Whatever a hostile
/// picture does to its decoder happens there, where there is nothing to take.
package final class ImageProgram: Sendable {
    private let path: String
    private let maximumPixels: Int
    private let deadline: Duration
    private let pool: NIOThreadPool
    private let limit: Int
    private let inside = Mutex(0)

    /// The program at a path; nil when there is none that can be run.
    /// - Parameters:
    ///   - maximumPixels: of all frames of a picture that is decoded.
    ///   - atOnce: processes at the same time.
    ///   - waiting: pictures that may wait for one; further ones are refused.
    package init?(
        path: String, maximumPixels: Int, deadline: Duration = .seconds(20), atOnce: Int = 2, waiting: Int = 64
    ) {
        guard access(path, X_OK) == 0 else { return nil }
        self.path = path
        self.maximumPixels = maximumPixels
        self.deadline = deadline
        limit = atOnce + waiting
        pool = NIOThreadPool(numberOfThreads: atOnce)
        pool.start()
    }

    deinit { pool.shutdownGracefully { _ in } }

    /// The picture made smaller.
    /// - Throws: ``MediaError/notThumbnailable``, ``MediaError/pictureTooLarge``, ``MediaError/thumbnailsUnavailable``.
    func reduce(_ picture: ObjectReader, _ wish: ThumbnailWish) async throws -> (type: MediaType, bytes: [UInt8]) {
        let isAdmitted = inside.withLock { inside in
            guard inside < limit else { return false }
            inside += 1
            return true
        }
        guard isAdmitted else { throw MediaError.thumbnailsUnavailable }
        defer { inside.withLock { $0 -= 1 } }
        return try await pool.runIfActive { [self] in
            let arguments = [
                path, String(wish.width), String(wish.height), wish.method.rawValue, wish.isMoving ? "moving" : "still",
                String(maximumPixels),
            ]
            let process = try ChildProcess(path, arguments, until: ContinuousClock.now + deadline)
            let output = try process.exchange(picture)
            guard let end = output.firstIndex(of: UInt8(ascii: "\n")) else { throw MediaError.notThumbnailable }
            return (MediaType(String(decoding: output[..<end], as: UTF8.self)), Array(output[(end + 1)...]))
        }
    }
}

/// One process that reads on its standard input and writes on its standard output, and is killed when its time is over.
private final class ChildProcess {
    private let process: pid_t
    private let descriptor: Int32
    private let end: ContinuousClock.Instant
    private var isGone = false

    private static let maximumOutput = 64 << 20

    init(_ path: String, _ arguments: [String], until end: ContinuousClock.Instant) throws {
        self.end = end
        var ends: [Int32] = [-1, -1]
        // A socket pair rather than pipes: writing to a process that has gone is an error and not a signal.
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw MediaError.thumbnailsUnavailable
        }
        defer { close(ends[1]) }
        guard let process = Self.spawn(path, arguments, ends[1]) else {
            close(ends[0])
            throw MediaError.thumbnailsUnavailable
        }
        self.process = process
        descriptor = ends[0]
    }

    deinit {
        close(descriptor)
        if !isGone {
            kill(process, SIGKILL)
            waitpid(process, nil, 0)
        }
    }

    /// Gives the program its input and takes its output, both in small pieces.
    func exchange(_ input: ObjectReader) throws -> [UInt8] {
        guard fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0 else { throw MediaError.thumbnailsUnavailable }
        var parts = ObjectParts(0..<input.length)
        var piece: ArraySlice<UInt8> = []
        var isSending = true
        var output: [UInt8] = []
        while true {
            if isSending, piece.isEmpty {
                if let range = parts.next() {
                    piece = try input.read(range)[...]
                } else {
                    isSending = false
                    shutdown(descriptor, Int32(SHUT_WR))
                }
            }
            try wait(for: isSending ? Int16(POLLIN | POLLOUT) : Int16(POLLIN))
            if isSending {
                let sent = piece.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
                if sent > 0 {
                    piece = piece.dropFirst(sent)
                } else if sent < 0, errno != EAGAIN, errno != EINTR {
                    // It has heard enough; its answer says why.
                    isSending = false
                }
            }
            guard try receive(&output) else { return try result(output) }
        }
    }

    /// Whether more may come.
    private func receive(_ output: inout [UInt8]) throws -> Bool {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count < 0 { return errno == EAGAIN || errno == EINTR }
        if count == 0 { return false }
        guard output.count + count <= Self.maximumOutput else { throw MediaError.notThumbnailable }
        output.append(contentsOf: buffer[..<count])
        return true
    }

    private func wait(for events: Int16) throws {
        var wanted = pollfd(fd: descriptor, events: events, revents: 0)
        let left = (end - .now).milliseconds
        guard left > 0, poll(&wanted, 1, Int32(clamping: left)) != 0 else { throw MediaError.notThumbnailable }
    }

    /// What the exit status says: 0, or why there is nothing.
    private func result(_ output: [UInt8]) throws -> [UInt8] {
        var status: Int32 = 0
        while waitpid(process, &status, WNOHANG) == 0 {
            guard ContinuousClock.now < end else { throw MediaError.notThumbnailable }
            usleep(500)
        }
        isGone = true
        guard status & 0x7F == 0 else { throw MediaError.notThumbnailable }
        switch status >> 8 & 0xFF {
        case 0: return output
        case 3: throw MediaError.pictureTooLarge
        default: throw MediaError.notThumbnailable
        }
    }

    /// Starts the program with nothing of ours: no environment, no blocked signal. Open files that the system would hand on it
    /// closes itself before anything else.
    private static func spawn(_ path: String, _ arguments: [String], _ descriptor: Int32) -> pid_t? {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        guard posix_spawn_file_actions_init(&actions) == 0, posix_spawnattr_init(&attributes) == 0 else { return nil }
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        posix_spawn_file_actions_adddup2(&actions, descriptor, 0)
        posix_spawn_file_actions_adddup2(&actions, descriptor, 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var environment: [UnsafeMutablePointer<CChar>?] = [nil]
        var process: pid_t = 0
        return posix_spawn(&process, path, &actions, &attributes, &words, &environment) == 0 ? process : nil
    }
}

extension Duration {
    fileprivate var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
