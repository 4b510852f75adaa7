import Foundation

/// Which network addresses the server may be sent to by what people tell it: those of the internet, and those that the operator
/// allows besides. So nobody can make it knock at doors inside the house.
package struct AddressRules: Sendable {
    private let allowed: [AddressRange]

    /// - Parameter allowed: ranges of addresses that are allowed although they are not of the internet.
    package init(allowed: [AddressRange]) { self.allowed = allowed }

    /// Whether the server may connect to an address.
    package func permit(_ address: AddressBytes) -> Bool {
        let address = address.unmapped
        if allowed.contains(where: { $0.contains(address) }) { return true }
        let closed = address.bytes.count == 4 ? Self.closed4 : Self.closed6
        if closed.contains(where: { $0.contains(address) }) { return false }
        // Of version 6 only what is given out as global unicast is the internet.
        return address.bytes.count == 4 || Self.global6.contains { $0.contains(address) }
    }

    /// [Special-purpose addresses](https://www.iana.org/assignments/iana-ipv4-special-registry/), multicast and the rest.
    private static let closed4 = ranges([
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
    ])
    /// What lies in the global range and leads elsewhere: tunnels that carry addresses of version 4, and documentation.
    private static let closed6 = ranges(["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"])
    private static let global6 = ranges(["2000::/3"])

    private static func ranges(_ texts: [String]) -> [AddressRange] { texts.compactMap(AddressRange.init) }
}

/// The 4 or 16 bytes of a network address.
package struct AddressBytes: Sendable, Hashable {
    let bytes: [UInt8]

    /// An address as it is written; `nil` for a name.
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

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// An address of version 4 that is written as one of version 6, as itself.
    var unmapped: AddressBytes {
        let prefix = [UInt8](repeating: 0, count: 10) + [0xff, 0xff]
        return bytes.count == 16 && bytes.starts(with: prefix) ? AddressBytes(Array(bytes.suffix(4))) : self
    }
}

/// Addresses that begin with the same bits, such as `10.0.0.0/8`.
package struct AddressRange: Sendable, Hashable {
    private let start: AddressBytes
    private let bits: Int

    /// A range as it is written; a single address is a range of one. `nil` for what is neither.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let start = AddressBytes(String(parts[0])) else { return nil }
        self.start = start
        guard parts.count == 2 else {
            bits = start.bytes.count * 8
            return
        }
        guard let bits = Int(parts[1]), (0...start.bytes.count * 8).contains(bits) else { return nil }
        self.bits = bits
    }

    /// Whether an address lies in the range.
    func contains(_ address: AddressBytes) -> Bool {
        guard address.bytes.count == start.bytes.count else { return false }
        for (place, byte) in address.bytes.enumerated() {
            let left = bits - place * 8
            guard left > 0 else { return true }
            let mask: UInt8 = left >= 8 ? 0xff : 0xff << (8 - UInt8(left))
            guard byte & mask == start.bytes[place] & mask else { return false }
        }
        return true
    }
}
