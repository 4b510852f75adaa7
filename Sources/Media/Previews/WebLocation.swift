import Addresses

/// Where a page lies: `http` or `https`, a host, a port and a path, in one spelling. It holds nothing that two readers could
/// understand differently.
package struct WebLocation: Sendable, Hashable {
    /// Whether TLS is spoken.
    package let isSecure: Bool
    /// A name in lower-case ASCII, or an address without brackets.
    package let host: String
    /// The port.
    package let port: Int
    /// Path and query, as they go into the request line.
    package let path: String

    /// The longest that is read.
    static let maximumLength = 2048

    /// Reads an absolute URL. nil for other schemes, user names, hosts that are neither DNS names in ASCII nor addresses, and
    /// anything doubtful: control characters, spaces, backslashes.
    package init?(_ text: String) {
        guard text.utf8.count <= Self.maximumLength, let colon = text.firstIndex(of: ":") else { return nil }
        switch text[..<colon].lowercased() {
        case "http": isSecure = false
        case "https": isSecure = true
        default: return nil
        }
        let rest = text[text.index(after: colon)...]
        guard rest.hasPrefix("//"), text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "\\") }) else {
            return nil
        }
        let behind = rest.dropFirst(2)
        let authority = behind.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard let (host, port) = Self.place(authority) else { return nil }
        self.host = host
        self.port = port ?? (isSecure ? 443 : 80)
        path = Self.target(behind.dropFirst(authority.count))
    }

    /// Follows a reference that stands on this page, as [RFC 3986, section 5](https://www.rfc-editor.org/rfc/rfc3986#section-5) has it.
    package func following(_ reference: String) -> WebLocation? {
        let reference = reference.filter { $0 != "\n" && $0 != "\r" && $0 != "\t" }
        let scheme = reference.prefix { $0 != ":" && $0 != "/" && $0 != "?" && $0 != "#" }
        if scheme.count < reference.count, reference[scheme.endIndex] == ":" { return WebLocation(reference) }
        let protocolName = isSecure ? "https:" : "http:"
        if reference.hasPrefix("//") { return WebLocation(protocolName + reference) }
        let origin = protocolName + "//" + authority
        if reference.hasPrefix("/") { return WebLocation(origin + reference) }
        let before = path.prefix { $0 != "?" }
        if reference.isEmpty || reference.hasPrefix("#") { return self }
        if reference.hasPrefix("?") { return WebLocation(origin + before + reference) }
        let directory = before.lastIndex(of: "/").map { before[...$0] } ?? "/"
        return WebLocation(origin + directory + reference)
    }

    /// Host and port as the `Host` field has them.
    package var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
    }

    /// The whole.
    package var text: String { (isSecure ? "https://" : "http://") + authority + path }

    private static func place(_ authority: Substring) -> (String, Int?)? {
        guard !authority.contains("@") else { return nil }
        let host: Substring
        var rest: Substring
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            host = authority[authority.index(after: authority.startIndex)..<end]
            guard NetworkAddress(String(host))?.bytes.count == 16 else { return nil }
            rest = authority[authority.index(after: end)...]
        } else {
            let name = authority.prefix { $0 != ":" }
            rest = authority[name.endIndex...]
            host = name.hasSuffix(".") ? name.dropLast() : name
            guard isName(host) else { return nil }
        }
        let name = host.lowercased()
        if rest.isEmpty { return (name, nil) }
        guard rest.removeFirst() == ":" else { return nil }
        // A colon with nothing behind it means the usual port.
        if rest.isEmpty { return (name, nil) }
        guard rest.utf8.count <= 5, rest.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(rest), port > 0 else {
            return nil
        }
        return (name, Int(port))
    }

    /// Labels of letters, digits and hyphens. A host of digits and dots alone, or one that begins like a hexadecimal number, must
    /// be an address in the usual notation: resolvers understand others, and people do not.
    private static func isName(_ host: Substring) -> Bool {
        guard (1...253).contains(host.utf8.count) else { return false }
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        let isPlain = labels.allSatisfy { label in
            (1...63).contains(label.utf8.count)
                && label.utf8.allSatisfy { byte in
                    switch byte {
                    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): true
                    default: false
                    }
                }
        }
        guard isPlain, let last = labels.last else { return false }
        let isNumber = last.utf8.allSatisfy { (0x30...0x39).contains($0) } || last.lowercased().hasPrefix("0x")
        return isNumber ? NetworkAddress(String(host)) != nil : true
    }

    /// Path and query without a fragment; what may not stand there as it is becomes percent-encoded.
    private static func target(_ rest: Substring) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        let text = rest.prefix { $0 != "#" }
        var target = text.hasPrefix("/") ? [] : [UInt8(ascii: "/")]
        for byte in text.utf8 {
            switch byte {
            case 0x21, 0x23...0x3B, 0x3D, 0x3F...0x5B, 0x5D, 0x5F, 0x61...0x7A, 0x7E: target.append(byte)
            default: target += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: target, as: UTF8.self)
    }
}
