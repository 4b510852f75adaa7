/// An e-mail address that can stand in a command or a header without changing either.
package struct MailAddress: Hashable, Sendable, CustomStringConvertible {
    /// The address as it is written.
    package let rawValue: String

    /// Takes addresses of the usual form, `somebody@example.org`: ASCII without spaces, quotes, brackets or control characters, at
    /// most 254 bytes; `nil` for everything else.
    package init?(_ text: String) {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard text.utf8.count <= 254, parts.count == 2, !parts[0].isEmpty, parts[0].utf8.count <= 64,
            parts[0].utf8.allSatisfy(Self.isAtom), !parts[0].hasPrefix("."), !parts[0].hasSuffix("."), !parts[0].contains(".."),
            Self.isDomain(parts[1])
        else { return nil }
        rawValue = text
    }

    /// What comes after the `@`, in lower case.
    package var domain: String { rawValue.split(separator: "@").last.map { $0.lowercased() } ?? "" }

    /// The address.
    package var description: String { rawValue }

    /// The characters that RFC 5322 allows without quotes, and the dot.
    private static func isAtom(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
        default: #"!#$%&'*+-/=?^_`{|}~."#.utf8.contains(byte)
        }
    }

    private static func isDomain(_ text: Substring) -> Bool {
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        return !text.isEmpty && text.utf8.count <= 253
            && labels.allSatisfy { label in
                !label.isEmpty && label.utf8.count <= 63 && !label.hasPrefix("-") && !label.hasSuffix("-")
                    && label.utf8.allSatisfy { byte in
                        switch byte {
                        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "-"): true
                        default: false
                        }
                    }
            }
    }
}
