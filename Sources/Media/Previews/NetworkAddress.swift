import Glibc

/// An IP address, and whether the server may be sent there by strangers.
package struct NetworkAddress: Sendable, Hashable {
    /// 4 bytes or 16.
    package let bytes: [UInt8]

    /// Reads the usual notation of either family; nil for anything else, the odd notations of old libraries among it.
    package init?(_ text: String) {
        var four = in_addr()
        var six = in6_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            bytes = withUnsafeBytes(of: &four) { Array($0) }
        } else if inet_pton(AF_INET6, text, &six) == 1 {
            bytes = withUnsafeBytes(of: &six) { Array($0) }
        } else {
            return nil
        }
    }

    /// The address of a resolver's answer.
    init?(_ address: UnsafePointer<sockaddr>) {
        switch Int32(address.pointee.sa_family) {
        case AF_INET:
            bytes = address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { pointer in
                withUnsafeBytes(of: pointer.pointee.sin_addr) { Array($0) }
            }
        case AF_INET6:
            bytes = address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { pointer in
                withUnsafeBytes(of: pointer.pointee.sin6_addr) { Array($0) }
            }
        default: return nil
        }
    }

    /// The usual notation.
    package var text: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = bytes.count == 4 ? AF_INET : AF_INET6
        guard inet_ntop(family, bytes, &text, socklen_t(text.count)) != nil else { return "" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Whether it belongs to the public network and to nobody in particular: what the IANA registries of
    /// [IPv4](https://www.iana.org/assignments/iana-ipv4-special-registry) and
    /// [IPv6](https://www.iana.org/assignments/iana-ipv6-special-registry) list is not, and no form of IPv6 that carries an IPv4
    /// address is, since that may lead anywhere.
    package var isPublic: Bool {
        bytes.count == 4
            ? !Self.special.contains { contained(in: $0) }
            : contained(in: Self.globalUnicast) && !Self.specialIPv6.contains { contained(in: $0) }
    }

    /// Whether it lies in a network.
    func contained(in network: Network) -> Bool {
        guard network.address.bytes.count == bytes.count else { return false }
        for bit in 0..<network.prefix {
            let mask = UInt8(0x80) >> UInt8(bit % 8)
            guard bytes[bit / 8] & mask == network.address.bytes[bit / 8] & mask else { return false }
        }
        return true
    }

    /// Addresses with the same first bits.
    struct Network: Sendable, Hashable {
        let address: NetworkAddress
        let prefix: Int

        /// Reads an address, and a number of bits behind a slash; without one it is the address alone.
        init?(_ text: some StringProtocol) {
            let sides = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            guard let address = NetworkAddress(String(sides[0])) else { return nil }
            let most = address.bytes.count * 8
            guard let prefix = sides.count == 2 ? Int(sides[1]) : most, (0...most).contains(prefix) else { return nil }
            self.address = address
            self.prefix = prefix
        }
    }

    private static let special = [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15",
        "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    ].compactMap { Network($0) }

    /// Everything else of IPv6 is loopback, link-local, unique local, multicast, mapped, translated (64:ff9b::/96) or unassigned.
    private static let globalUnicast = Network(
        address: NetworkAddress(bytes: [0x20] + [UInt8](repeating: 0, count: 15)), prefix: 3)
    private static let specialIPv6 = ["2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"]
        .compactMap { Network($0) }

    private init(bytes: [UInt8]) { self.bytes = bytes }
}

extension NetworkAddress.Network {
    fileprivate init(address: NetworkAddress, prefix: Int) {
        self.address = address
        self.prefix = prefix
    }
}

/// Addresses that an operator allows although they are not public, each with the ports that may be used there.
package struct AllowedAddresses: Sendable {
    private let entries: [(network: NetworkAddress.Network, port: Int?)]

    /// Nobody is allowed anything.
    package static let none = AllowedAddresses(entries: [])

    private init(entries: [(network: NetworkAddress.Network, port: Int?)]) { self.entries = entries }

    /// Reads entries that commas separate: an address or network, and a port behind it (`127.0.0.1:8000`, `[::1]:8000`,
    /// `10.1.0.0/16`). nil when one of them is something else.
    package init?(_ text: String) {
        var entries: [(network: NetworkAddress.Network, port: Int?)] = []
        for item in text.split(separator: ",") {
            let item = item.filter { $0 != " " }
            if let network = NetworkAddress.Network(item) {
                entries.append((network, nil))
                continue
            }
            guard let colon = item.lastIndex(of: ":"), let port = UInt16(item[item.index(after: colon)...]) else { return nil }
            let host = item[..<colon].drop { $0 == "[" }.prefix { $0 != "]" }
            guard let network = NetworkAddress.Network(host) else { return nil }
            entries.append((network, Int(port)))
        }
        self.entries = entries
    }

    /// Whether the server may go there: public addresses on the usual ports, and what was allowed.
    package func admit(_ address: NetworkAddress, port: Int) -> Bool {
        let isUsual = port == 80 || port == 443
        if isUsual, address.isPublic { return true }
        return entries.contains { entry in
            address.contained(in: entry.network) && (entry.port.map { $0 == port } ?? isUsual)
        }
    }
}
