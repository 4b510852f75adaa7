import Addresses

/// Addresses that an operator allows although they are not public, each with the ports that may be used there.
package struct AllowedAddresses: Sendable {
    private let entries: [(range: NetworkRange, port: Int?)]

    /// Nobody is allowed anything.
    package static let none = AllowedAddresses(entries: [])

    private init(entries: [(range: NetworkRange, port: Int?)]) { self.entries = entries }

    /// Reads entries that commas separate: an address or network, and a port behind it (`127.0.0.1:8000`, `[::1]:8000`,
    /// `10.1.0.0/16`). nil when one of them is something else.
    package init?(_ text: String) {
        var entries: [(range: NetworkRange, port: Int?)] = []
        for item in text.split(separator: ",") {
            let item = item.filter { $0 != " " }
            if let range = NetworkRange(item) {
                entries.append((range, nil))
                continue
            }
            guard let colon = item.lastIndex(of: ":"), let port = UInt16(item[item.index(after: colon)...]) else { return nil }
            let host = item[..<colon].drop { $0 == "[" }.prefix { $0 != "]" }
            guard let range = NetworkRange(host) else { return nil }
            entries.append((range, Int(port)))
        }
        self.entries = entries
    }

    /// Whether the server may go there: public addresses on the usual ports, and what was allowed.
    package func admit(_ address: NetworkAddress, port: Int) -> Bool {
        let isUsual = port == 80 || port == 443
        if isUsual, address.isPublic { return true }
        return entries.contains { entry in
            entry.range.contains(address) && (entry.port.map { $0 == port } ?? isUsual)
        }
    }
}
