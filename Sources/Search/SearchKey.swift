import Crypto
import Storage

/// A room's search key: under it the tokens of the room become tags. It is sealed with the room's data key, so when that is
/// destroyed, nobody can ask the room's index any more.
struct SearchKey: Sendable {
    private let key: SymmetricKey

    /// A key that nobody else has.
    static func random() -> SearchKey { SearchKey(key: SymmetricKey(size: .bits256)) }

    private init(key: SymmetricKey) { self.key = key }

    init(bytes: [UInt8]) { self.init(key: SymmetricKey(data: bytes)) }

    /// The bytes to seal.
    var bytes: [UInt8] { key.withUnsafeBytes { Array($0) } }

    /// The tag of a word or part of a run.
    func tag(_ token: SearchText.Scalars) -> TokenTag { tag(kind: 0, token) }

    /// The tag under which the events of a person stand.
    func tag(sender: Int64) -> TokenTag {
        let number = UInt64(bitPattern: sender)
        return tag(kind: 1, [UInt32(truncatingIfNeeded: number >> 32), UInt32(truncatingIfNeeded: number)])
    }

    private func tag(kind: UInt8, _ scalars: [UInt32]) -> TokenTag {
        var bytes: [UInt8] = [kind]
        bytes.reserveCapacity(1 + 4 * scalars.count)
        for scalar in scalars {
            for shift: UInt32 in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: scalar >> shift)) }
        }
        return HMAC<SHA256>.authenticationCode(for: bytes, using: key).withUnsafeBytes { code in
            code.prefix(8).reduce(TokenTag(0)) { $0 << 8 | TokenTag($1) }
        }
    }
}
