import Glibc
import Keys
import NIOPosix

/// The directory of encrypted files. Names are random; what they hold and to whom it belongs is known to the database alone.
///
/// A file grows in `incoming` and gets its place by rename when it is whole and on the disk. Its row is written afterwards, so
/// a file without a row is left over from an interruption: ``sweep(untouchedFor:keeping:)`` removes it.
package struct ObjectDirectory: Sendable {
    private let path: String

    /// The files under a path; nothing is touched.
    package init(_ path: String) {
        self.path = path
    }

    /// Makes the directories, and empties the one of files that never became whole. Before the first upload.
    package func prepare() throws(FileError) {
        try DurableFile.makeDirectory(path)
        for shard in 0...255 as ClosedRange<UInt8> { try DurableFile.makeDirectory(path + "/" + Hex.encode([shard])) }
        try DurableFile.makeDirectory(incoming)
        for name in try Self.names(in: incoming) { unlink(incoming + "/" + name) }
        try DurableFile.syncDirectory(path)
    }

    /// A new file, under a random name.
    package func create() throws -> ObjectWriter {
        var random = SystemRandomNumberGenerator()
        let name = Hex.encode((0..<16).map { _ in UInt8.random(in: 0...255, using: &random) })
        return try ObjectWriter(name: name, growing: incoming + "/" + name, place: place(of: name))
    }

    /// Opens a file and checks that it is the whole of what was put there.
    /// - Throws: ``MediaError/damaged`` when it is missing, cut, exchanged, or not under this key.
    package func reader(of object: StoredObject) async throws -> ObjectReader {
        let path = place(of: object.name)
        return try await NIOThreadPool.singleton.runIfActive { try ObjectReader(object, path: path) }
    }

    /// Removes a file; one that is not there is removed already.
    package func remove(_ name: String) throws(FileError) {
        guard unlink(place(of: name)) == 0 || errno == ENOENT else { throw FileError("remove", place(of: name)) }
    }

    /// Removes the files whose names nobody knows.
    /// - Parameters:
    ///   - seconds: how long nobody must have written them: a file whose row is about to be committed is young.
    ///   - known: the known names that begin with two given digits.
    /// - Returns: how many were removed.
    package func sweep(untouchedFor seconds: Int, keeping known: (String) async throws -> Set<String>) async throws -> Int {
        var removed = 0
        for shard in 0...255 as ClosedRange<UInt8> {
            let prefix = Hex.encode([shard])
            let found = try Self.names(in: path + "/" + prefix)
            guard !found.isEmpty else { continue }
            for name in Set(found).subtracting(try await known(prefix)) {
                let file = path + "/" + prefix + "/" + name
                var status = stat()
                guard stat(file, &status) == 0, time(nil) - status.st_mtim.tv_sec >= seconds, unlink(file) == 0 else { continue }
                removed += 1
            }
        }
        return removed
    }

    private var incoming: String { path + "/incoming" }

    private func place(of name: String) -> String { "\(path)/\(name.prefix(2))/\(name)" }

    private static func names(in directory: String) throws(FileError) -> [String] {
        guard let stream = opendir(directory) else { throw FileError("open", directory) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}

/// What is needed to read a file again.
package struct StoredObject: Sendable, Equatable {
    /// The name of the file.
    package let name: String
    /// The key of the file, made for it alone.
    package let key: Secret
    /// How many bytes it holds.
    package let length: Int64

    /// An object of its parts.
    package init(name: String, key: Secret, length: Int64) {
        self.name = name
        self.key = key
        self.length = length
    }

    /// What ties the content to the name of its file, so that it opens nowhere else.
    static func context(of name: String) -> [UInt8] { Array("conclave/media/\(name)".utf8) }
}
