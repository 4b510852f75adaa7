import Crypto
import Glibc
import Keys
import NIOPosix

/// An open file. Every byte that it gives was authenticated; the file stays readable when it is removed meanwhile.
package final class ObjectReader: Sendable {
    /// How many bytes there are.
    package let length: Int64

    private let opener: ChunkedOpener
    private let file: OpenFile

    init(_ object: StoredObject, path: String) throws {
        file = try OpenFile(path)
        var status = stat()
        guard fstat(file.descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            Int64(status.st_size) == ChunkedEncryption.sealedLength(of: object.length)
        else { throw MediaError.damaged }
        let header = try file.read(from: 0, count: ChunkedEncryption.headerLength)
        do throws(ChunkedEncryptionError) {
            opener = try ChunkedOpener(
                key: object.key.key, context: StoredObject.context(of: object.name), header: header,
                sealedLength: Int64(status.st_size))
        } catch { throw MediaError.damaged }
        length = opener.length
        // The last chunk proves the length.
        _ = try chunk(opener.lastChunk)
    }

    /// The bytes of a range, which must lie within the file. Reads the chunks that hold them and no others.
    package func bytes(_ range: Range<Int64>) async throws -> [UInt8] {
        try await NIOThreadPool.singleton.runIfActive { try self.read(range) }
    }

    /// The bytes of a range, on the calling thread, which waits for the disk.
    package func read(_ range: Range<Int64>) throws -> [UInt8] {
        guard range.lowerBound >= 0, range.upperBound <= length else { throw MediaError.damaged }
        guard !range.isEmpty else { return [] }
        let size = Int64(ChunkedEncryption.chunkLength)
        let (first, last) = (range.lowerBound / size, (range.upperBound - 1) / size)
        let begin = opener.place(of: first).offset
        let end = opener.place(of: last)
        let sealed = try file.read(from: begin, count: Int(end.offset - begin) + end.length)
        var found: [UInt8] = []
        found.reserveCapacity(range.count)
        for number in first...last {
            let place = opener.place(of: number)
            let start = Int(place.offset - begin)
            let chunk = try open(sealed[start..<start + place.length], number)
            let lower = max(range.lowerBound - number * size, 0)
            let upper = min(range.upperBound - number * size, Int64(chunk.count))
            found.append(contentsOf: chunk[Int(lower)..<Int(upper)])
        }
        return found
    }

    private func chunk(_ number: Int64) throws -> [UInt8] {
        let place = opener.place(of: number)
        return try open(file.read(from: place.offset, count: place.length)[...], number)
    }

    private func open(_ sealed: ArraySlice<UInt8>, _ number: Int64) throws(MediaError) -> [UInt8] {
        do { return try opener.open(sealed, chunk: number) } catch { throw .damaged }
    }
}

/// A file that is open for reading and closes by itself.
private final class OpenFile: Sendable {
    let descriptor: Int32

    /// - Throws: ``MediaError/damaged`` when it is not there.
    init(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw errno == ENOENT ? MediaError.damaged : FileError("open", path) }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Bytes of a place. A file that became shorter since it was opened is damaged, as is one that the disk does not give.
    func read(from offset: Int64, count: Int) throws(MediaError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let got = bytes.withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress?.advanced(by: filled), count - filled, off_t(offset) + off_t(filled))
            }
            if got < 0, errno == EINTR { continue }
            guard got > 0 else { throw .damaged }
            filled += got
        }
        return bytes
    }
}

/// The parts of a file in which it is sent: whole chunks, so that none is opened twice.
package struct ObjectParts: Sequence, IteratorProtocol, Sendable {
    private var rest: Range<Int64>
    private static let size = Int64(ChunkedEncryption.chunkLength) * 16

    /// The parts of a range.
    package init(_ range: Range<Int64>) {
        rest = range
    }

    /// The next part.
    package mutating func next() -> Range<Int64>? {
        guard !rest.isEmpty else { return nil }
        let end = Swift.min((rest.lowerBound / Self.size + 1) * Self.size, rest.upperBound)
        defer { rest = end..<rest.upperBound }
        return rest.lowerBound..<end
    }
}
