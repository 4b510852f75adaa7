import Crypto

/// The text form of a master key, with check digits.
enum KeyText {
    private static let mark = "conclave-master-key 1"

    /// One line, newline included.
    static func format(_ key: MasterKey) -> [UInt8] {
        let hex = key.secret.withBytes { Hex.encode($0) }
        return Array("\(mark) \(hex) \(checkDigits(hex))\n".utf8)
    }

    /// The key of such a line; 64 hexadecimal digits or 32 raw bytes alone are accepted as well (systemd, mounted secrets).
    static func parse(_ bytes: [UInt8], place: String) throws(KeyError) -> MasterKey {
        if bytes.count == MasterKey.byteCount { return try MasterKey(Secret(bytes: bytes)) }
        let text = String(decoding: bytes, as: UTF8.self)
        let words = text.split(whereSeparator: \.isWhitespace)
        if words.count == 1, let raw = Hex.decode(words[0]), raw.count == MasterKey.byteCount {
            return try MasterKey(Secret(bytes: raw))
        }
        guard words.count == 4, words[0] + " " + words[1] == mark, let raw = Hex.decode(words[2]),
            raw.count == MasterKey.byteCount, checkDigits(String(words[2])) == words[3]
        else { throw .malformed(place: place) }
        return try MasterKey(Secret(bytes: raw))
    }

    private static func checkDigits(_ hex: String) -> String {
        Hex.encode(SHA256.hash(data: Array(hex.utf8)).prefix(4))
    }
}
