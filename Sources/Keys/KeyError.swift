/// Why a master key could not be had. Each case says what happened and what to do, and nothing was changed on disk.
package enum KeyError: Error, Equatable, Sendable {
    /// There is no key at this place.
    case missing(place: String)
    /// A key is there already and will not be overwritten.
    case alreadyThere(place: String)
    /// Others than the owner may read or write the file.
    case tooOpen(path: String, mode: String)
    /// The file belongs to somebody else.
    case foreignOwner(path: String)
    /// The key would lie beside the data that it protects.
    case insideDataDirectory(path: String)
    /// The file is not a key file of ours, or it was damaged.
    case malformed(place: String)
    /// A master key is exactly 32 bytes.
    case wrongLength(Int)
    /// The passphrase is too short to protect anything.
    case weakPassphrase(minimum: Int)
    /// The operating system refused.
    case file(FileError)
    /// This source cannot make or replace keys by itself.
    case notSupported(place: String, hint: String)
    /// The password hashing function could not get its memory.
    case outOfMemory
}

extension KeyError: CustomStringConvertible {
    /// One sentence that says what happened, and one that says what to do.
    package var description: String {
        switch self {
        case .missing(let place):
            "There is no master key at \(place). Put the key back, or name the right place in the configuration; without it the data cannot be read."
        case .alreadyThere(let place):
            "There is a master key at \(place) already. It is never overwritten; move it away first if a new one is really wanted."
        case .tooOpen(let path, let mode):
            "The key file \(path) can be used by others than its owner (mode \(mode)). Run: chmod 600 \(path)"
        case .foreignOwner(let path):
            "The key file \(path) belongs to another user. Run the server as that user, or change the owner with chown."
        case .insideDataDirectory(let path):
            "The key file \(path) lies inside the data directory, so a copy of the data would carry its own key. Choose a place outside of it."
        case .malformed(let place):
            "What lies at \(place) is not an intact master key. Restore it from its copy."
        case .wrongLength(let count):
            "A master key has 32 bytes, this one has \(count). Restore it from its copy."
        case .weakPassphrase(let minimum):
            "The passphrase is too short. Use at least \(minimum) characters."
        case .file(let error):
            error.description
        case .notSupported(let place, let hint):
            "\(place) cannot make keys by itself. \(hint)"
        case .outOfMemory:
            "The key derivation did not get the memory it needs. Free some memory and start again."
        }
    }

    /// The exit code of a command that fails with this error.
    package var exitCode: Int32 {
        switch self {
        case .missing: 11
        case .tooOpen, .foreignOwner, .insideDataDirectory: 30
        case .malformed, .wrongLength: 31
        case .alreadyThere, .notSupported: 32
        case .weakPassphrase: 33
        case .file(let error): error.isDiskFull ? 15 : error.isReadOnly ? 16 : 34
        case .outOfMemory: 35
        }
    }
}
