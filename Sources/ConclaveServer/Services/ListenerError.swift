import Foundation

/// An address and port that could not be listened on.
package struct ListenerError: Error, CustomStringConvertible {
    /// Where.
    let endpoint: Settings.Endpoint
    /// The number the system gave.
    let code: Int32

    /// A sentence for the person at the terminal.
    package var description: String {
        let place = "\(endpoint.address):\(endpoint.port)"
        return switch code {
        case EADDRINUSE:
            "Port \(endpoint.port) on \(endpoint.address) is in use by another program; stop that or choose another port."
        case EACCES: "This user may not listen on \(place); ports under 1024 need the capability CAP_NET_BIND_SERVICE."
        case EADDRNOTAVAIL: "This machine has no address \(endpoint.address)."
        default: "Cannot listen on \(place): \(String(cString: strerror(code)))."
        }
    }
}
