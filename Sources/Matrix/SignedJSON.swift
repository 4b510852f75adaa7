import Crypto

/// JSON objects that carry signatures.
/// [Signing JSON](https://spec.matrix.org/v1.19/appendices/#signing-json)
package enum SignedJSON {
    /// The bytes that a signature covers: canonical, without `signatures` and `unsigned`.
    package static func payload(of object: JSON) throws(MatrixError) -> [UInt8] {
        guard object.kind == .object else { throw .badJSON("only an object can be signed") }
        do {
            let canonical = try JSON(parsing: object.canonical(), limits: .event)
            var writer = JSONWriter(capacity: canonical.raw.count)
            writer.object(copying: canonical) { $0 != "signatures" && $0 != "unsigned" }
            return writer.bytes
        } catch { throw error.matrixError }
    }

    /// Whether any signature on the object, whoever it names, was made with one of the keys.
    package static func isSigned(_ object: JSON, byAnyOf keys: [Curve25519.Signing.PublicKey]) -> Bool {
        // What has no canonical form cannot have been signed.
        guard let payload = try? payload(of: object), let signatures = object["signatures"] else { return false }
        for (_, entity) in signatures.members {
            for (keyID, signature) in entity.members {
                guard let text = signature.string else { continue }
                if keys.contains(where: { holds(text, keyID: keyID, over: payload, key: $0) }) { return true }
            }
        }
        return false
    }

    /// Whether the object carries the signature of an entity under a key's name, and it was made with that key.
    /// - Parameter publicKey: 32 bytes in unpadded base64.
    package static func isSigned(_ object: JSON, by entity: String, as keyID: String, publicKey: String) -> Bool {
        guard let bytes = Base64.decode(publicKey), bytes.count == 32,
            let signature = object["signatures"]?[entity]?[keyID]?.string,
            // What is no key has signed nothing, and what has no canonical form cannot have been signed.
            let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes), let payload = try? payload(of: object)
        else { return false }
        return holds(signature, keyID: keyID, over: payload, key: key)
    }

    /// Whether the signature under an `ed25519:` key holds.
    static func holds(_ signature: String, keyID: String, over payload: [UInt8], key: Curve25519.Signing.PublicKey) -> Bool {
        guard keyID.hasPrefix("ed25519:"), let bytes = Base64.decode(signature), bytes.count == 64 else { return false }
        return key.isValidSignature(bytes, for: payload)
    }
}
