import Matrix

/// The second part of an `mxc://` URI: letters, digits, `_` and `-`, so that it never leads anywhere but to media.
///
/// [Specification](https://spec.matrix.org/v1.16/client-server-api/#matrix-content-mxc-uris)
package struct MediaID: Sendable, Hashable, CustomStringConvertible {
    /// The text.
    package let rawValue: String

    /// The text.
    package var description: String { rawValue }

    /// Reads an ID. nil for anything that none can be: it does not exist, whatever was meant.
    package init?(_ text: some StringProtocol) {
        guard (1...255).contains(text.utf8.count), text.utf8.allSatisfy(Self.isAllowed) else { return nil }
        rawValue = String(text)
    }

    private init(unchecked text: String) { rawValue = text }

    /// A new ID of 144 random bits: who does not know it does not find it.
    package static func random() -> MediaID {
        var random = SystemRandomNumberGenerator()
        return MediaID(unchecked: Base64.encode((0..<18).map { _ in UInt8.random(in: 0...255, using: &random) }, urlSafe: true))
    }

    /// The URI under which clients know it.
    package func uri(on server: ServerName) -> String { "mxc://\(server.rawValue)/\(rawValue)" }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
    }
}
