/// The name of a homeserver: [host and optional port](https://spec.matrix.org/v1.19/appendices/#server-name). Case matters.
package struct ServerName: MatrixIdentifier {
    /// The name as it is written.
    package let rawValue: String

    /// Takes text that is a server name; throws `M_INVALID_PARAM` otherwise.
    package init(parsing text: some StringProtocol) throws(MatrixError) {
        let text = String(text)
        guard ServerNameGrammar.hostLength(text.utf8.span) != nil else { throw .invalidParam("not a server name") }
        rawValue = text
    }

    /// Text that is known to be a server name.
    init(checked text: String) { rawValue = text }

    /// The host, an IPv6 address with its brackets.
    package var host: String {
        let bytes = rawValue.utf8.span
        return IdentifierGrammar.text(rawValue, 0..<(ServerNameGrammar.hostLength(bytes) ?? bytes.count))
    }

    /// The port, where the name has one that exists.
    package var port: Int? {
        let bytes = rawValue.utf8.span
        guard let end = ServerNameGrammar.hostLength(bytes), end < bytes.count else { return nil }
        return Int(UInt16(IdentifierGrammar.text(rawValue, end + 1..<bytes.count)) ?? 0)
    }
}

/// The grammar of server names, over bytes.
enum ServerNameGrammar {
    /// The length of the host, if the bytes are a server name.
    static func hostLength(_ bytes: Span<UInt8>) -> Int? {
        guard bytes.count > 0 else { return nil }
        let end: Int
        if bytes[0] == UInt8(ascii: "[") {
            guard let bracket = first(UInt8(ascii: "]"), in: bytes), isIPv6(bytes.extracting(1..<bracket)) else { return nil }
            end = bracket + 1
        } else {
            end = first(UInt8(ascii: ":"), in: bytes) ?? bytes.count
            guard isHost(bytes.extracting(0..<end)) else { return nil }
        }
        return end == bytes.count || isPort(bytes.extracting(end..<bytes.count)) ? end : nil
    }

    private static func first(_ byte: UInt8, in bytes: Span<UInt8>) -> Int? {
        for at in bytes.indices where bytes[at] == byte { return at }
        return nil
    }

    private static func isPort(_ bytes: Span<UInt8>) -> Bool {
        guard (2...6).contains(bytes.count), bytes[0] == UInt8(ascii: ":") else { return false }
        for at in 1..<bytes.count where !isDigit(bytes[at]) { return false }
        return true
    }

    /// A DNS name; four numbers must be an IPv4 address.
    private static func isHost(_ bytes: Span<UInt8>) -> Bool {
        guard (1...255).contains(bytes.count) else { return false }
        var isNumeric = true
        var dots = 0
        for at in bytes.indices {
            switch bytes[at] {
            case 0x30...0x39: continue
            case UInt8(ascii: "."): dots += 1
            case 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "-"): isNumeric = false
            default: return false
            }
        }
        return !isNumeric || dots != 3 || isIPv4(bytes)
    }

    private static func isIPv4(_ bytes: Span<UInt8>) -> Bool {
        var (parts, digits, value) = (1, 0, 0)
        for at in bytes.indices {
            if bytes[at] == UInt8(ascii: ".") {
                guard digits > 0 else { return false }
                (parts, digits, value) = (parts + 1, 0, 0)
            } else {
                guard isDigit(bytes[at]) else { return false }
                (digits, value) = (digits + 1, value * 10 + Int(bytes[at] - 0x30))
                guard digits <= 3, value <= 255 else { return false }
            }
        }
        return parts == 4 && digits > 0
    }

    /// [RFC 3513, section 2.2](https://www.rfc-editor.org/rfc/rfc3513#section-2.2): eight groups, of which one run of
    /// zeros may be `::` and the last two an IPv4 address.
    private static func isIPv6(_ bytes: Span<UInt8>) -> Bool {
        guard (2...45).contains(bytes.count) else { return false }
        var groups = 0
        var isShortened = false
        var at = 0
        while at < bytes.count {
            if bytes[at] == UInt8(ascii: ":") {
                guard at + 1 < bytes.count, bytes[at + 1] == UInt8(ascii: ":"), !isShortened else { return false }
                isShortened = true
                at += 2
                continue
            }
            var end = at
            while end < bytes.count, isHex(bytes[end]) { end += 1 }
            if end < bytes.count, bytes[end] == UInt8(ascii: ".") {
                guard isIPv4(bytes.extracting(at..<bytes.count)) else { return false }
                groups += 2
                break
            }
            guard (1...4).contains(end - at) else { return false }
            groups += 1
            at = end
            guard at < bytes.count else { break }
            guard bytes[at] == UInt8(ascii: ":"), at + 1 < bytes.count else { return false }
            if bytes[at + 1] != UInt8(ascii: ":") { at += 1 }
        }
        return isShortened ? groups <= 7 : groups == 8
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func isHex(_ byte: UInt8) -> Bool {
        isDigit(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
    }
}
