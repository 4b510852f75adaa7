import Matrix

/// What a cross-signing key is for.
package enum CrossSigningUsage: String, Sendable, CaseIterable {
    /// The person's identity, which signs the two others.
    case master
    /// Signs the person's devices.
    case selfSigning = "self_signing"
    /// Signs the master keys of others; only its owner sees it.
    case userSigning = "user_signing"
}

/// A cross-signing key, as its owner uploads it.
///
/// [Specification](https://spec.matrix.org/v1.19/client-server-api/#cross-signing)
package struct CrossSigningKey: Sendable {
    /// What it is for.
    let usage: CrossSigningUsage
    /// The public key in unpadded base64, which is also its name.
    package let publicKey: String
    /// All of it.
    let object: JSON

    /// Reads a key that has to be of a usage and of a person.
    /// - Throws: `M_MISSING_PARAM`, `M_BAD_JSON`, `M_INVALID_PARAM` for somebody else's key or what is no Ed25519 key, `M_TOO_LARGE`.
    package init(parsing object: JSON, as usage: CrossSigningUsage, of user: UserID) throws(MatrixError) {
        guard object.kind == .object else { throw .badJSON("a cross-signing key must be an object") }
        guard object.raw.count <= 16_384 else { throw .tooLarge("a cross-signing key has at most 16384 bytes") }
        guard try object.text("user_id") == user.rawValue else { throw .invalidParam("user_id must be that of the session") }
        guard let usages = object["usage"] else { throw .missingParam("usage is missing") }
        guard usages.kind == .array, usages.elements.allSatisfy({ $0.kind == .string }) else {
            throw .badJSON("usage must be a list of strings")
        }
        guard usages.elements.contains(where: { $0.string == usage.rawValue }) else {
            throw .invalidParam("usage must name \(usage.rawValue)")
        }
        guard let keys = object["keys"] else { throw .missingParam("keys is missing") }
        guard keys.kind == .object, keys.count == 1 else { throw .badJSON("keys must be an object of one key") }
        guard let name = object.publicKeyName, let value = keys["ed25519:\(name)"]?.string else {
            throw .invalidParam("the key must be an Ed25519 key")
        }
        guard name == value, Base64.decode(value)?.count == 32 else {
            throw .invalidParam("a cross-signing key is named by itself in unpadded base64")
        }
        if let signatures = object["signatures"] { try signatures.checkSignatures() }
        self.usage = usage
        self.publicKey = name
        self.object = object
    }

    /// Whether this is the same key as another, apart from signatures.
    func isSame(as other: JSON) -> Bool {
        // What cannot be signed is no key, so it is not the same.
        guard let one = try? SignedJSON.payload(of: object), let two = try? SignedJSON.payload(of: other) else { return false }
        return one == two
    }
}

/// The cross-signing keys of one request.
package struct CrossSigningUpload: Sendable {
    /// The keys, the master key first.
    package let keys: [CrossSigningKey]

    /// Reads the members `master_key`, `self_signing_key` and `user_signing_key`.
    /// - Throws: as ``CrossSigningKey``.
    package init(parsing body: JSON, of user: UserID) throws(MatrixError) {
        var keys: [CrossSigningKey] = []
        for usage in CrossSigningUsage.allCases {
            guard let object = body["\(usage.rawValue)_key"], !object.isNull else { continue }
            keys.append(try CrossSigningKey(parsing: object, as: usage, of: user))
        }
        guard Set(keys.map(\.publicKey)).count == keys.count else {
            throw .invalidParam("each cross-signing key must be another one")
        }
        self.keys = keys
    }

    subscript(usage: CrossSigningUsage) -> CrossSigningKey? { keys.first { $0.usage == usage } }
}

extension JSON {
    /// The public key of a cross-signing key: the name of its one key after `ed25519:`.
    var publicKeyName: String? {
        guard let keys = self["keys"], keys.count == 1 else { return nil }
        for (name, _) in keys.members where name.hasPrefix("ed25519:") { return String(name.dropFirst("ed25519:".count)) }
        return nil
    }
}
