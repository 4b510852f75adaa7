import Foundation

/// Where a push gateway takes notifications: `https`, and the one path that the specification knows.
struct GatewayURL: Sendable, Hashable {
    /// The only path.
    static let path = "/_matrix/push/v1/notify"

    /// The whole address.
    let text: String
    /// The name or number of the host, without brackets.
    let host: String
    /// The port.
    let port: Int

    /// Takes `https://host[:port]/_matrix/push/v1/notify`, with a query if need be; `nil` for everything else.
    init?(_ text: String) {
        guard text.utf8.count <= 2_048, text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }),
            let parts = URLComponents(string: text), parts.scheme?.lowercased() == "https",
            let host = parts.host, !host.isEmpty, parts.user == nil, parts.password == nil, parts.fragment == nil,
            parts.percentEncodedPath == Self.path
        else { return nil }
        let port = parts.port ?? 443
        guard (1...65_535).contains(port) else { return nil }
        self.text = text
        self.host = host.trimmingPrefix("[").hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
        self.port = port
    }
}
