import Crypto

/// Bytes that must not be printed, logged or encoded: passwords, tokens, key material.
///
/// It prints as `redacted`, is not `Codable`, compares in constant time, and its memory is wiped when the last copy goes.
package struct Secret: Sendable, Equatable {
    private let storage: SymmetricKey

    /// A secret of these bytes. The caller's own copy is not wiped.
    package init(bytes: some Collection<UInt8>) {
        storage = SymmetricKey(data: Array(bytes))
    }

    /// A secret of the UTF-8 bytes of a text.
    package init(_ text: some StringProtocol) {
        self.init(bytes: text.utf8)
    }

    /// A secret that is the bytes of a key.
    package init(_ key: SymmetricKey) {
        storage = key
    }

    /// How many bytes there are.
    package var count: Int { storage.bitCount / 8 }

    /// Whether there are no bytes.
    package var isEmpty: Bool { count == 0 }

    /// The same bytes as a key.
    package var key: SymmetricKey { storage }

    /// Lends the bytes; the buffer is not valid after `body` returns.
    package func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try storage.withUnsafeBytes(body)
    }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Always `redacted`.
    package var description: String { "redacted" }

    /// Always `redacted`.
    package var debugDescription: String { "redacted" }

    /// Nothing to see, so that `dump` and string interpolation of an enclosing value show nothing.
    package var customMirror: Mirror { Mirror(self, children: [Mirror.Child]()) }
}
