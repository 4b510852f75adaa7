/// Finds tags in HTML, one after the other, in one pass and without building a tree. It understands any bytes as something.
struct MarkupScanner {
    /// A tag that opens an element.
    struct Tag {
        /// In lower case.
        let name: String
        /// With names in lower case and values decoded; of two with one name the first.
        let attributes: [String: String]
    }

    private let bytes: [UInt8]
    private var place = 0
    private static let maximumAttributes = 64

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The next tag that opens something.
    mutating func next() -> Tag? {
        while let open = index(of: UInt8(ascii: "<")) {
            place = open + 1
            guard let first = peek() else { return nil }
            if starts(with: "!--") {
                place = index(of: "-->") ?? bytes.count
            } else if Self.isLetter(first) {
                let name = takeName()
                return Tag(name: name, attributes: takeAttributes())
            } else if let close = index(of: UInt8(ascii: ">")) {
                // The end of an element, a declaration, or an instruction.
                place = close + 1
            } else {
                return nil
            }
        }
        return nil
    }

    /// The text up to where an element ends, decoded.
    mutating func text(until name: String) -> String {
        let start = place
        skip(past: name)
        let end = bytes[start..<place].lastIndex(of: UInt8(ascii: "<")) ?? place
        return Self.decoded(bytes[start..<end])
    }

    /// Goes behind the end of an element, whatever stands in it.
    mutating func skip(past name: String) {
        while let open = index(of: UInt8(ascii: "<")) {
            place = open + 1
            guard peek() == UInt8(ascii: "/") else { continue }
            place += 1
            guard takeName() == name else { continue }
            place = index(of: UInt8(ascii: ">")).map { $0 + 1 } ?? bytes.count
            return
        }
        place = bytes.count
    }

    private func peek() -> UInt8? { place < bytes.count ? bytes[place] : nil }

    private func index(of byte: UInt8) -> Int? { place < bytes.count ? bytes[place...].firstIndex(of: byte) : nil }

    /// The place behind a text.
    private func index(of text: String) -> Int? {
        let wanted = Array(text.utf8)
        var at = place
        while at + wanted.count <= bytes.count {
            if bytes[at..<at + wanted.count].elementsEqual(wanted) { return at + wanted.count }
            at += 1
        }
        return nil
    }

    private func starts(with text: String) -> Bool { bytes[place...].starts(with: text.utf8) }

    private mutating func takeName() -> String {
        let start = place
        while let byte = peek(), !Self.isSpace(byte), byte != UInt8(ascii: ">"), byte != UInt8(ascii: "/"),
            byte != UInt8(ascii: "=")
        {
            place += 1
        }
        return String(decoding: bytes[start..<place].prefix(64), as: UTF8.self).lowercased()
    }

    private mutating func takeAttributes() -> [String: String] {
        var attributes: [String: String] = [:]
        while let byte = peek() {
            if byte == UInt8(ascii: ">") {
                place += 1
                break
            }
            if Self.isSpace(byte) || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "=") {
                place += 1
                continue
            }
            let name = takeName()
            skipSpace()
            var value = ""
            if peek() == UInt8(ascii: "=") {
                place += 1
                skipSpace()
                value = takeValue()
            }
            if attributes.count < Self.maximumAttributes, attributes[name] == nil { attributes[name] = value }
        }
        return attributes
    }

    private mutating func takeValue() -> String {
        guard let quote = peek() else { return "" }
        if quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
            place += 1
            let start = place
            let end = index(of: quote) ?? bytes.count
            place = min(end + 1, bytes.count)
            return Self.decoded(bytes[start..<end])
        }
        let start = place
        while let byte = peek(), !Self.isSpace(byte), byte != UInt8(ascii: ">") { place += 1 }
        return Self.decoded(bytes[start..<place])
    }

    private mutating func skipSpace() {
        while let byte = peek(), Self.isSpace(byte) { place += 1 }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) }

    private static let entities: [String: Unicode.Scalar] = [
        "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": "\u{A0}", "hellip": "…", "ndash": "–", "mdash": "—",
        "lsquo": "‘", "rsquo": "’", "ldquo": "“", "rdquo": "”", "copy": "©", "reg": "®", "trade": "™", "middot": "·", "bull": "•",
        "laquo": "«", "raquo": "»",
    ]

    /// Text with its references replaced; those that are not known stay as they are. At most 8 KiB are looked at.
    static func decoded(_ bytes: ArraySlice<UInt8>) -> String {
        let text = String(decoding: bytes.prefix(8192), as: UTF8.self)
        guard text.utf8.contains(UInt8(ascii: "&")) else { return text }
        var decoded = String.UnicodeScalarView()
        var rest = Substring(text).unicodeScalars
        while let scalar = rest.popFirst() {
            guard scalar == "&", let end = rest.prefix(12).firstIndex(of: ";"), let found = reference(Substring(rest[..<end]))
            else {
                decoded.append(scalar)
                continue
            }
            decoded.append(found)
            rest = rest[rest.index(after: end)...]
        }
        return String(decoded)
    }

    private static func reference(_ name: Substring) -> Unicode.Scalar? {
        guard name.first == "#" else { return entities[String(name)] }
        let digits = name.dropFirst()
        let code = digits.first == "x" || digits.first == "X" ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
        return code.flatMap { Unicode.Scalar($0) }
    }
}
