import Addresses

/// Which network addresses the server may be sent to by what people tell it: those of the internet, and those that the operator
/// allows besides. So nobody can make it knock at doors inside the house.
package struct AddressRules: Sendable {
    private let allowed: [NetworkRange]

    /// - Parameter allowed: ranges of addresses that are allowed although they are not of the internet.
    package init(allowed: [NetworkRange]) { self.allowed = allowed }

    /// Whether the server may connect to an address.
    package func permit(_ address: NetworkAddress) -> Bool {
        let address = address.unmapped
        return address.isPublic || allowed.contains { $0.contains(address) }
    }
}
