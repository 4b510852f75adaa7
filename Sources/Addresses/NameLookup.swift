import Glibc

extension NetworkAddress {
    /// Of a name that leads to more addresses than this the others are left out.
    private static let mostFound = 32

    /// The addresses that a name leads to, each once, in the order of the system's resolver; none when there are none.
    ///
    /// Blocks the thread until the resolver answers.
    package static func lookUp(_ host: String) -> [NetworkAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &found) == 0 else { return [] }
        defer { freeaddrinfo(found) }
        var addresses: [NetworkAddress] = []
        var next = found
        while let info = next?.pointee, addresses.count < mostFound {
            if let address = info.ai_addr.flatMap({ NetworkAddress($0) }), !addresses.contains(address) {
                addresses.append(address)
            }
            next = info.ai_next
        }
        return addresses
    }
}
