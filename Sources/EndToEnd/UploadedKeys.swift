import Matrix

/// The identity keys of a device, as it uploads them.
///
/// [Specification](https://spec.matrix.org/v1.19/client-server-api/#device-keys)
package struct DeviceIdentity: Sendable {
    /// Whose device it is, in its own words.
    package let user: String
    /// The device, in its own words.
    let device: String
    /// All of it.
    let object: JSON

    /// Reads the object. Its signature is for other devices to judge, which alone know what to expect.
    /// - Throws: `M_MISSING_PARAM`, `M_BAD_JSON`.
    package init(parsing object: JSON) throws(MatrixError) {
        guard object.kind == .object else { throw .badJSON("device_keys must be an object") }
        user = try object.text("user_id")
        device = try object.text("device_id")
        guard let algorithms = object["algorithms"] else { throw .missingParam("algorithms is missing") }
        guard algorithms.kind == .array, algorithms.elements.allSatisfy({ $0.kind == .string }) else {
            throw .badJSON("algorithms must be a list of strings")
        }
        guard let keys = object["keys"] else { throw .missingParam("keys is missing") }
        guard keys.kind == .object, keys.members.allSatisfy({ $0.value.kind == .string }) else {
            throw .badJSON("keys must be an object of strings")
        }
        guard let signatures = object["signatures"] else { throw .missingParam("signatures is missing") }
        try signatures.checkSignatures()
        self.object = object
    }

    /// The Ed25519 key that the device signs with.
    var signingKey: String? { object["keys"]?["ed25519:\(device)"]?.string }
}

/// One one-time or fallback key with its name.
package struct PublishedKey: Sendable {
    /// The algorithm, the part of the name before the colon.
    package let algorithm: String
    /// The rest of the name.
    let id: String
    /// `{"algorithm:id": key}`, as it is stored and handed out.
    package let entry: [UInt8]

    /// Reads the members of `one_time_keys` or `fallback_keys`.
    /// - Throws: `M_BAD_JSON`, `M_INVALID_PARAM` for names that are none.
    package static func all(in object: JSON, _ name: String) throws(MatrixError) -> [PublishedKey] {
        guard object.kind == .object else { throw .badJSON("\(name) must be an object") }
        var keys: [PublishedKey] = []
        for (key, value) in object.members { keys.append(try PublishedKey(key, value)) }
        return keys
    }

    private init(_ name: String, _ key: JSON) throws(MatrixError) {
        let parts = name.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty, name.utf8.count <= 255 else {
            throw .invalidParam("the name of a key must be <algorithm>:<key_id>")
        }
        switch key.kind {
        case .string: break
        case .object:
            guard key["key"]?.kind == .string else { throw .badJSON("a key object must have a string called key") }
            if let signatures = key["signatures"] { try signatures.checkSignatures() }
            if let fallback = key["fallback"], fallback.kind != .bool { throw .badJSON("fallback must be true or false") }
        default: throw .badJSON("a key must be a string or an object")
        }
        // Signed keys are made by one algorithm only, and without its signature nobody may use one.
        if parts[0] == "signed_curve25519", key["signatures"] == nil {
            throw .badJSON("a signed_curve25519 key must be an object with signatures")
        }
        algorithm = String(parts[0])
        id = String(parts[1])
        var writer = JSONWriter(capacity: key.raw.count + name.utf8.count + 8)
        writer.object { $0.memberRaw(name, key.raw) }
        entry = writer.bytes
    }
}

/// What a device publishes in one request.
package struct KeyUpload: Sendable {
    /// Its identity, when it is new.
    let identity: DeviceIdentity?
    /// Keys to be used once.
    let oneTimeKeys: [PublishedKey]
    /// Keys for when those have run out, one for each algorithm.
    let fallbackKeys: [PublishedKey]

    /// An upload of its parts.
    /// - Throws: `M_INVALID_PARAM` for two fallback keys of one algorithm.
    package init(
        identity: DeviceIdentity?, oneTimeKeys: [PublishedKey], fallbackKeys: [PublishedKey]
    ) throws(MatrixError) {
        guard Set(fallbackKeys.map(\.algorithm)).count == fallbackKeys.count else {
            throw .invalidParam("there can be one fallback key for each algorithm")
        }
        self.identity = identity
        self.oneTimeKeys = oneTimeKeys
        self.fallbackKeys = fallbackKeys
    }
}

extension JSON {
    /// A member that must be a string.
    func text(_ key: String) throws(MatrixError) -> String {
        guard let value = self[key] else { throw .missingParam("\(key) is missing") }
        guard let text = value.string else { throw .badJSON("\(key) must be a string") }
        return text
    }

    /// Checks that this is a map of users to maps of key IDs to strings.
    func checkSignatures() throws(MatrixError) {
        guard kind == .object,
            members.allSatisfy({ $0.value.kind == .object && $0.value.members.allSatisfy { $0.value.kind == .string } })
        else { throw .badJSON("signatures must be a map of users to maps of key IDs to signatures") }
    }

    /// Whether two values are the same, whatever the order of their members.
    func means(_ other: JSON) -> Bool {
        // What has no canonical form can only be the same byte by byte.
        guard let one = try? canonical(integers: .byValue), let two = try? other.canonical(integers: .byValue) else {
            return raw.elementsEqual(other.raw)
        }
        return one == two
    }
}
