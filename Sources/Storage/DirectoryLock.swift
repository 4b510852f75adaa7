import Glibc
import Keys
import Synchronization

/// One process at a time works on a data directory: an exclusive `flock` that the kernel lets go when the process dies.
final class DirectoryLock: Sendable {
    private let descriptor: Mutex<Int32?>

    /// Takes the lock or throws `StorageError.inUse`.
    init(_ path: String, directory: String) throws(StorageError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StorageError(file: FileError("open", path), path: directory) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let number = errno
            close(descriptor)
            throw number == EWOULDBLOCK
                ? .inUse(path: directory) : StorageError(file: FileError("lock", path, number: number), path: directory)
        }
        self.descriptor = Mutex(descriptor)
    }

    deinit {
        release()
    }

    /// Lets the directory go; may be called twice. Unlocks by name, as a child that is just being started may hold a copy.
    func release() {
        descriptor.withLock { descriptor in
            guard let open = descriptor else { return }
            flock(open, LOCK_UN)
            close(open)
            descriptor = nil
        }
    }
}
