import Matrix

/// Random texts: tokens, session IDs, names that nobody chose.
enum OpaqueToken {
    /// What a token opens; it begins with this, so that a token found in the wrong place is recognised.
    enum Kind: String {
        case access = "cva_"
        case refresh = "cvr_"
        case login = "cvl_"
        case setUp = "cvs_"
        case interactive = "cvi_"
        case nonce = "cvn_"
        case openID = "cvo_"
    }

    /// 256 random bits in URL-safe base64 after the prefix.
    static func random(_ kind: Kind) -> String {
        var source = SystemRandomNumberGenerator()
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32)
        for _ in 0..<4 { withUnsafeBytes(of: source.next() as UInt64) { bytes.append(contentsOf: $0) } }
        return kind.rawValue + Base64.encode(bytes, urlSafe: true)
    }

    /// A device ID as other servers make them: ten capital letters.
    static func deviceID() -> String { text(10, of: "ABCDEFGHIJKLMNOPQRSTUVWXYZ") }

    /// A registration token that can be read out: 80 bits without letters that look alike.
    static func registration() -> String { text(16, of: "abcdefghjkmnpqrstuvwxyz23456789") }

    /// A local part that nobody has chosen.
    static func localpart(_ prefix: String) -> String { prefix + text(12, of: "abcdefghijklmnopqrstuvwxyz234567") }

    private static func text(_ length: Int, of alphabet: String) -> String {
        let letters = Array(alphabet)
        return String((0..<length).map { _ in letters[Int.random(in: 0..<letters.count)] })
    }
}
