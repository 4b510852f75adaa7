import Crypto
import Glibc
import Keys
import NIOPosix
import Synchronization

/// A file that is being written: encrypted as it comes, and gone again unless it was put in its place.
package final class ObjectWriter: Sendable {
    private let name: String
    private let growing: String
    private let place: String
    private let key: SymmetricKey
    private let descriptor: Int32
    private let state: Mutex<State>

    private struct State {
        var sealer: ChunkedSealer
        var waiting: [UInt8] = []
        var isGrowing = true
    }

    // Plain bytes that are collected before they are sealed and written together.
    private static let batch = 262_144

    init(name: String, growing: String, place: String) throws {
        self.name = name
        self.growing = growing
        self.place = place
        key = SymmetricKey(size: .bits256)
        let sealer = try ChunkedSealer(key: key, context: StoredObject.context(of: name))
        let descriptor = open(growing, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileError("create", growing) }
        self.descriptor = descriptor
        state = Mutex(State(sealer: sealer))
        try write(sealer.header)
    }

    deinit {
        close(descriptor)
        if state.withLock({ $0.isGrowing }) { unlink(growing) }
    }

    /// Takes the next bytes. The disk is touched now and then, on a thread that may wait.
    package func append(_ bytes: some Collection<UInt8> & Sendable) async throws {
        let isFull = state.withLock { state in
            state.waiting.append(contentsOf: bytes)
            return state.waiting.count >= Self.batch
        }
        if isFull { try await NIOThreadPool.singleton.runIfActive { try self.flush(isLast: false) } }
    }

    /// Writes what is left and waits until all of it is on the disk. The file is not in its place yet.
    package func finish() async throws -> StoredObject {
        try await NIOThreadPool.singleton.runIfActive { [self] in
            try flush(isLast: true)
            guard fsync(descriptor) == 0 else { throw FileError("write", growing) }
            return StoredObject(name: name, key: Secret(key), length: state.withLock { $0.sealer.length })
        }
    }

    /// Reads the finished file again, before it has its place.
    package func reader(of object: StoredObject) throws -> ObjectReader { try ObjectReader(object, path: growing) }

    /// Puts the finished file in its place, durably. Whoever calls it writes a row next, or removes the file.
    package func settle() async throws {
        try await NIOThreadPool.singleton.runIfActive { [self] in
            try DurableFile.move(growing, to: place)
            state.withLock { $0.isGrowing = false }
        }
    }

    // One caller at a time: pieces of a body come one after the other.
    private func flush(isLast: Bool) throws {
        let output = try state.withLock { state in
            var output: [UInt8] = []
            output.reserveCapacity(state.waiting.count + 512)
            try state.sealer.seal(state.waiting, into: &output)
            if isLast { try state.sealer.finish(into: &output) }
            state.waiting.removeAll(keepingCapacity: true)
            return output
        }
        try write(output)
    }

    private func write(_ bytes: [UInt8]) throws(FileError) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress?.advanced(by: written), bytes.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw FileError("write", growing) }
            written += count
        }
    }
}
