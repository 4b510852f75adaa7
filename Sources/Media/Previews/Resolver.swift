import Glibc
import NIOPosix

/// Finds the addresses of names.
package struct Resolver: Sendable {
    /// Gives the addresses of a name; an empty list when there are none.
    package typealias Lookup = @Sendable (String) async throws -> [NetworkAddress]

    private let lookup: Lookup

    /// A resolver that asks in this way.
    package init(_ lookup: @escaping Lookup) { self.lookup = lookup }

    /// The resolver of the system, which may wait on threads of its own only.
    package static func system() -> Resolver {
        let pool = NIOThreadPool(numberOfThreads: 4)
        pool.start()
        return Resolver { host in try await pool.runIfActive { Self.ask(host) } }
    }

    /// The one address at which a page may be fetched.
    ///
    /// The name is asked for once, and the connection goes to the address that was checked, so an answer that changes in between
    /// changes nothing. One address that is not allowed among several makes all of them suspect.
    /// - Throws: ``PreviewError/refused``.
    package func address(of location: WebLocation, allowed: AllowedAddresses) async throws -> NetworkAddress {
        let addresses: [NetworkAddress]
        if let address = NetworkAddress(location.host) {
            addresses = [address]
        } else {
            addresses = try await lookup(location.host)
        }
        guard let first = addresses.first, addresses.allSatisfy({ allowed.admit($0, port: location.port) }) else {
            throw PreviewError.refused
        }
        // IPv4 where there is any: servers without a way into IPv6 are more common than the opposite.
        return addresses.first { $0.bytes.count == 4 } ?? first
    }

    private static func ask(_ host: String) -> [NetworkAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &found) == 0 else { return [] }
        defer { freeaddrinfo(found) }
        var addresses: [NetworkAddress] = []
        var next = found
        while let info = next?.pointee, addresses.count < 32 {
            if let address = info.ai_addr.flatMap({ NetworkAddress($0) }), !addresses.contains(address) {
                addresses.append(address)
            }
            next = info.ai_next
        }
        return addresses
    }
}
