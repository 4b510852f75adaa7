import CConfine
import CVips
import Glibc

/// What the process takes away from itself before it looks at the picture.
enum Confinement {
    /// Memory that it may map, the libraries among it.
    private static let memory: rlim_t = 2 << 30
    /// Seconds of computing.
    private static let seconds: rlim_t = 20

    /// Starts the library, which opens files and loads what it needs; then nothing can be opened any more.
    /// - Throws: ``Refusal/failed`` when the system does not take it: then no picture is looked at.
    static func begin() throws(Refusal) {
        limit(RLIMIT_AS, memory)
        limit(RLIMIT_CPU, seconds)
        limit(RLIMIT_FSIZE, 0)
        // Whoever writes to a file gets an error rather than a signal.
        signal(SIGXFSZ, SIG_IGN)
        setenv("VIPS_CONCURRENCY", "1", 1)
        // Code that is made at run time would need memory that is writable and executable.
        setenv("VIPS_NOVECTOR", "1", 1)
        // Nobody's home, so that no further decoders are found: modules hold formats that are not decoded here.
        setenv("VIPSHOME", "/nonexistent", 1)
        guard conclave_vips_start("conclave-image") == 0, conclave_confine() == 0 else { throw .failed }
    }

    private static func limit(_ what: __rlimit_resource, _ value: rlim_t) {
        var limits = rlimit(rlim_cur: value, rlim_max: value)
        setrlimit(__rlimit_resource_t(what.rawValue), &limits)
    }
}

/// The picture on standard input.
enum Input {
    private static let maximum = 256 << 20

    static func read() throws(Refusal) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = Glibc.read(0, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .failed }
            if count == 0 { return bytes }
            guard bytes.count + count <= maximum else { throw .tooLarge }
            bytes.append(contentsOf: buffer[..<count])
        }
    }
}

/// The smaller picture on standard output.
enum Output {
    static func write(_ picture: Picture) throws(Refusal) {
        let bytes = Array("\(picture.type)\n".utf8) + picture.bytes
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(1, $0.baseAddress?.advanced(by: written), bytes.count - written) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .failed }
            written += count
        }
    }
}
