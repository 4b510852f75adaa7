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

    init(bytes: [UInt8]) { self.bytes = bytes }

    /// The usual notation.
    package var text: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = bytes.count == 4 ? AF_INET : AF_INET6
        guard inet_ntop(family, bytes, &text, socklen_t(text.count)) != nil else { return "" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// An address of version 4 that is written as one of version 6, as itself.
    package var unmapped: NetworkAddress {
        let prefix = [UInt8](repeating: 0, count: 10) + [0xff, 0xff]
        return bytes.count == 16 && bytes.starts(with: prefix) ? NetworkAddress(bytes: Array(bytes.suffix(4))) : self
    }

    /// Whether it belongs to the public network and to nobody in particular: what the IANA registries of
    /// [IPv4](https://www.iana.org/assignments/iana-ipv4-special-registry) and
    /// [IPv6](https://www.iana.org/assignments/iana-ipv6-special-registry) list is not, and no form of IPv6 that carries an IPv4
    /// address is, since that may lead anywhere.
    package var isPublic: Bool {
        bytes.count == 4
            ? !Self.special.contains { $0.contains(self) }
            : Self.globalUnicast.contains { $0.contains(self) } && !Self.specialIPv6.contains { $0.contains(self) }
    }

    private static let special = ranges([
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    ])
    /// Everything else of IPv6 is loopback, link-local, unique local, multicast, mapped, translated (64:ff9b::/96) or unassigned.
    private static let globalUnicast = ranges(["2000::/3"])
    private static let specialIPv6 = ranges(["2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"])

    private static func ranges(_ texts: [String]) -> [NetworkRange] { texts.compactMap { NetworkRange($0) } }
}
