import Addresses
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
        return Resolver { host in try await pool.runIfActive { NetworkAddress.lookUp(host) } }
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
}
