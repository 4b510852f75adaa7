/// How a download is offered and under which name: [RFC 6266](https://www.rfc-editor.org/rfc/rfc6266).
package struct ContentDisposition: Sendable, Equatable {
    /// Whether it may be shown in place.
    package let isInline: Bool
    /// The name.
    package let fileName: String?

    /// The longest name that is kept and told, in bytes of UTF-8.
    package static let maximumNameLength = 1024

    /// A disposition of its parts.
    package init(isInline: Bool, fileName: String?) {
        self.isInline = isInline
        self.fileName = fileName
    }

    /// The header field. Only printable ASCII whatever the name holds; a name beyond ASCII is given as `filename*` (RFC 8187),
    /// with a likeness of it for who does not know that.
    package var header: String {
        let disposition = isInline ? "inline" : "attachment"
        guard let fileName, !fileName.isEmpty else { return disposition }
        let likeness = fileName.unicodeScalars.map { scalar in
            switch scalar {
            case "\"", "\\": "\\\(scalar)"
            case " "..."~": String(scalar)
            default: "_"
            }
        }.joined()
        let plain = "\(disposition); filename=\"\(likeness)\""
        guard fileName.unicodeScalars.contains(where: { !(" "..."~").contains($0) }) else { return plain }
        return plain + "; filename*=UTF-8''" + Self.encoded(fileName)
    }

    /// A name as it is kept: without control characters, and cut where it is too long; nil when nothing is left.
    package static func cleaned(_ name: String?) -> String? {
        guard let name else { return nil }
        var cleaned = String.UnicodeScalarView()
        var length = 0
        for scalar in name.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator, .surrogate: continue
            default: break
            }
            length += scalar.utf8.count
            if length > maximumNameLength { break }
            cleaned.append(scalar)
        }
        return cleaned.isEmpty ? nil : String(cleaned)
    }

    private static func encoded(_ name: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var text: [UInt8] = []
        for byte in name.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: text.append(byte)
            case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"): text.append(byte)
            default: text += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
