import Crypto

/// The two hashes of an event, both over canonical JSON.
/// [Signing events](https://spec.matrix.org/v1.19/server-server-api/#signing-events)
package enum EventHash {
    /// The content hash in unpadded Base64: it covers all but `hashes`, `signatures` and `unsigned`.
    package static func content(of event: JSON) -> String {
        var writer = JSONWriter(capacity: event.raw.count)
        writer.object(copying: event) { !["hashes", "signatures", "unsigned"].contains($0) }
        return content(ofUnhashed: writer.bytes)
    }

    /// The content hash of bytes that have none of the three fields.
    static func content(ofUnhashed bytes: [UInt8]) -> String {
        Base64.encode(Array(SHA256.hash(data: bytes)))
    }

    /// The event ID: the reference hash, taken of the redacted event without its signatures.
    package static func eventID(ofRedacted bytes: [UInt8]) throws(MatrixError) -> EventID {
        try EventID(referenceHash: Array(SHA256.hash(data: bytes)))
    }
}
