import Glibc

/// A refused file operation: what was tried, where, and the system's reason.
package struct FileError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What was tried, as in "open" or "write".
    package let action: String
    /// The path that it was tried on.
    package let path: String
    /// The system's error number.
    package let number: Int32

    /// An error from the current `errno` unless told otherwise.
    package init(_ action: String, _ path: String, number: Int32 = errno) {
        self.action = action
        self.path = path
        self.number = number
    }

    /// The disk, or the quota, is used up.
    package var isDiskFull: Bool { number == ENOSPC || number == EDQUOT || number == EFBIG }

    /// The place may not be written.
    package var isReadOnly: Bool { number == EROFS || number == EACCES || number == EPERM }

    /// Nothing is there.
    package var isMissing: Bool { number == ENOENT }

    /// The system's words for it.
    package var description: String { "Could not \(action) \(path): \(String(cString: strerror(number)))." }
}

/// Small files that must be whole after a crash: read in one go, replaced by rename after an fsync.
package enum DurableFile {
    /// Whether something is at this path.
    package static func exists(_ path: String) -> Bool {
        access(path, F_OK) == 0
    }

    /// The bytes of a small file, together with its mode and owner.
    package static func read(
        _ path: String, limit: Int = 65_536
    ) throws(FileError) -> (bytes: [UInt8], mode: mode_t, owner: uid_t) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError("open", path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileError("examine", path) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw FileError("read", path, number: EINVAL) }
        var bytes = [UInt8](repeating: 0, count: limit)
        var filled = 0
        while filled < limit {
            let count = bytes.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress?.advanced(by: filled), limit - filled)
            }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw FileError("read", path) }
            if count == 0 { break }
            filled += count
        }
        bytes.removeLast(limit - filled)
        return (bytes, status.st_mode & 0o7777, status.st_uid)
    }

    /// Puts a file in place whole: a temporary one beside it, fsync, rename, fsync of the directory. Mode 0600.
    ///
    /// With `replacing: false` an existing file is an `EEXIST` error and stays as it is.
    package static func write(_ bytes: [UInt8], to path: String, replacing: Bool) throws(FileError) {
        let temporary = path + ".tmp"
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileError("create", path) }
        do throws(FileError) {
            defer { close(descriptor) }
            try writeAll(bytes, to: descriptor, path)
            guard fsync(descriptor) == 0 else { throw FileError("write", path) }
        } catch {
            unlink(temporary)
            throw error
        }
        let moved = replacing ? rename(temporary, path) : link(temporary, path)
        if moved != 0 {
            let error = FileError("create", path)
            unlink(temporary)
            throw error
        }
        if !replacing { unlink(temporary) }
        try syncDirectory(of: path)
    }

    /// Renames a file so that the new name survives a crash.
    package static func move(_ source: String, to target: String) throws(FileError) {
        guard rename(source, target) == 0 else { throw FileError("rename", source) }
        try syncDirectory(of: target)
    }

    /// Waits until the names in a directory are on the disk.
    package static func syncDirectory(_ directory: String) throws(FileError) {
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError("open", directory) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw FileError("write", directory) }
    }

    /// Makes a directory and those above it, mode 0700, unless they are there.
    package static func makeDirectory(_ path: String) throws(FileError) {
        if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let parent = parent(of: path) else { throw FileError("create", path) }
        try makeDirectory(parent)
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw FileError("create", path) }
    }

    /// The path with every symbolic link followed; nil when it does not lead anywhere yet.
    package static func resolved(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }

    /// The directory that a path lies in.
    package static func parent(of path: String) -> String? {
        guard let slash = path.lastIndex(of: "/") else { return path == "." ? nil : "." }
        if slash == path.startIndex { return path == "/" ? nil : "/" }
        return String(path[..<slash])
    }

    private static func writeAll(_ bytes: [UInt8], to descriptor: Int32, _ path: String) throws(FileError) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress?.advanced(by: written), bytes.count - written)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw FileError("write", path) }
            written += count
        }
    }

    private static func syncDirectory(of path: String) throws(FileError) {
        try syncDirectory(parent(of: path) ?? ".")
    }
}
