import Foundation

/// How many files the process may have open; each connection is one.
enum OpenFiles {
    /// The most that can be had.
    static var limit: Int { Int(clamping: read().rlim_max) }

    /// Raises what is allowed now to what can be had.
    static func raise() {
        var limits = read()
        limits.rlim_cur = limits.rlim_max
        // When it is refused, the lower limit holds; `doctor` tells.
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits)
    }

    private static func read() -> rlimit {
        var limits = rlimit()
        _ = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits)
        return limits
    }
}

/// Finds out whether a port could be listened on.
enum PortProbe {
    /// 0, or the number the system gave.
    static func attempt(_ endpoint: Settings.Endpoint) -> Int32 {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(endpoint.address, String(endpoint.port), &hints, &found) == 0, let info = found?.pointee else {
            return EADDRNOTAVAIL
        }
        defer { freeaddrinfo(found) }
        let probe = socket(info.ai_family, info.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard probe >= 0 else { return errno }
        defer { close(probe) }
        var yes: Int32 = 1
        setsockopt(probe, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        return bind(probe, info.ai_addr, info.ai_addrlen) == 0 && listen(probe, 1) == 0 ? 0 : errno
    }
}
