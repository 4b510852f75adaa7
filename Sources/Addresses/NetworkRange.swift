/// Addresses that begin with the same bits, such as `10.0.0.0/8`.
package struct NetworkRange: Sendable, Hashable {
    private let start: NetworkAddress
    private let bits: Int

    /// Reads an address, and a number of bits behind a slash; without one it is the address alone. `nil` for what is neither.
    package init?(_ text: some StringProtocol) {
        let sides = text.split(separator: "/", omittingEmptySubsequences: false)
        guard sides.count <= 2, let start = NetworkAddress(String(sides[0])) else { return nil }
        let most = start.bytes.count * 8
        guard let bits = sides.count == 2 ? Int(sides[1]) : most, (0...most).contains(bits) else { return nil }
        self.start = start
        self.bits = bits
    }

    /// Whether an address lies in the range.
    package func contains(_ address: NetworkAddress) -> Bool {
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
