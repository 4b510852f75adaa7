/// [Unpadded base64](https://spec.matrix.org/v1.19/appendices/#unpadded-base64), with the standard or the URL-safe alphabet.
package enum Base64 {
    /// The text of those bytes, without padding.
    package static func encode(_ bytes: some Collection<UInt8>, urlSafe: Bool = false) -> String {
        let alphabet = urlSafe ? urlSafeAlphabet : standardAlphabet
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count * 4 + 2) / 3)
        var buffer: UInt32 = 0
        var bits = 0
        for byte in bytes {
            buffer = buffer << 8 | UInt32(byte)
            bits += 8
            while bits >= 6 {
                bits -= 6
                text.append(alphabet[Int(buffer >> UInt32(bits) & 63)])
            }
        }
        if bits > 0 { text.append(alphabet[Int(buffer << UInt32(6 - bits) & 63)]) }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes of that text, with or without its padding; `nil` if it is not base64 of that alphabet.
    ///
    /// Bits of the last character that stand for no byte are passed over, since the
    /// [test vectors](https://spec.matrix.org/v1.19/appendices/#signing-key) of the specification have some that are not zero:
    /// two texts can be the same bytes, so bytes are what must be compared.
    package static func decode(_ text: some StringProtocol, urlSafe: Bool = false) -> [UInt8]? {
        var characters = Array(text.utf8)
        if characters.count % 4 == 0 {
            for _ in 0..<2 where characters.last == UInt8(ascii: "=") { characters.removeLast() }
        }
        guard characters.count % 4 != 1 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(characters.count * 3 / 4)
        var buffer: UInt32 = 0
        var bits = 0
        for character in characters {
            guard let value = value(of: character, urlSafe: urlSafe) else { return nil }
            buffer = buffer << 6 | value
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: buffer >> UInt32(bits)))
            }
        }
        return bytes
    }

    private static func value(of character: UInt8, urlSafe: Bool) -> UInt32? {
        switch character {
        case 0x41...0x5a: UInt32(character - 0x41)
        case 0x61...0x7a: UInt32(character - 0x61 + 26)
        case 0x30...0x39: UInt32(character - 0x30 + 52)
        case urlSafe ? UInt8(ascii: "-") : UInt8(ascii: "+"): 62
        case urlSafe ? UInt8(ascii: "_") : UInt8(ascii: "/"): 63
        default: nil
        }
    }

    private static let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    private static let standardAlphabet = Array((letters + "+/").utf8)
    private static let urlSafeAlphabet = Array((letters + "-_").utf8)
}
