import Foundation
import SwiftASN1
import X509

/// The names a certificate is for: DNS names and addresses.
struct CertificateNames: Equatable, Sendable {
    /// DNS names.
    let domains: [String]
    /// Addresses, 4 or 16 bytes each.
    let addresses: [[UInt8]]

    /// The host of a server name, and the ways in which this machine is called from itself.
    init(serverName: String) {
        let host = Self.host(of: serverName)
        var domains = ["localhost"]
        var addresses: [[UInt8]] = [[127, 0, 0, 1], Array(repeating: 0, count: 15) + [1]]
        if let address = Self.address(host) {
            if !addresses.contains(address) { addresses.append(address) }
        } else if !domains.contains(host) {
            domains.insert(host, at: 0)
        }
        self.domains = domains
        self.addresses = addresses
    }

    /// As a certificate lists them.
    var alternativeNames: [GeneralName] {
        domains.map(GeneralName.dnsName) + addresses.map { .ipAddress(ASN1OctetString(contentBytes: $0[...])) }
    }

    /// As an authority is confined to them. Addresses are left out: BoringSSL refuses every chain that confines them.
    var permitted: [GeneralName] { domains.map(GeneralName.dnsName) }

    private static func host(of serverName: String) -> String {
        if serverName.hasPrefix("["), let end = serverName.firstIndex(of: "]") {
            return String(serverName[serverName.index(after: serverName.startIndex)..<end])
        }
        return String(serverName.prefix { $0 != ":" })
    }

    /// The bytes of an address; nil when the text is a name.
    static func address(_ text: String) -> [UInt8]? {
        var four = [UInt8](repeating: 0, count: 4)
        if inet_pton(AF_INET, text, &four) == 1 { return four }
        var sixteen = [UInt8](repeating: 0, count: 16)
        return inet_pton(AF_INET6, text, &sixteen) == 1 ? sixteen : nil
    }
}
