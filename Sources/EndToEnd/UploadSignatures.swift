import Audit
import Matrix
import Storage

/// Signatures that somebody adds to keys, by the owner of the key and its name.
///
/// [Specification](https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3keyssignaturesupload)
package struct SignatureUpload: Sendable {
    /// One signed key.
    struct Item: Sendable {
        let user: String
        let name: String
        let object: JSON
    }

    /// The signed keys, in the order of the request.
    let items: [Item]

    /// Reads the body.
    /// - Throws: `M_BAD_JSON`.
    package init(parsing body: JSON) throws(MatrixError) {
        var items: [Item] = []
        for (user, keys) in body.members {
            guard keys.kind == .object else { throw .badJSON("the body must map users to maps of keys") }
            for (name, object) in keys.members {
                guard object.kind == .object else { throw .badJSON("a signed key must be an object") }
                items.append(Item(user: user, name: name, object: object))
            }
        }
        self.items = items
    }
}

extension KeyServer {
    /// Adds signatures: on one's own devices by the self-signing key, on one's own master key by one's devices, on the master keys
    /// of others by the user-signing key. Each is verified; those that fail are reported one by one.
    /// - Returns: the body of the answer, with the failures.
    package func addSignatures(_ upload: SignatureUpload, by requester: Requester, at now: Int64) async throws -> [UInt8] {
        guard upload.items.count <= limits.recipients else { throw MatrixError.tooLarge("too many signatures in one request") }
        return try await store.write { tx in
            var failures: [(item: SignatureUpload.Item, error: MatrixError)] = []
            var signed: Set<Int64> = []
            for item in upload.items {
                do {
                    if let person = try add(item, by: requester, tx) { signed.insert(person) }
                } catch let error as MatrixError {
                    failures.append((item, error))
                }
            }
            if !signed.isEmpty {
                try AuditLog.append(
                    AuditEntry(code: .keySignature, by: requester, target: "\(signed.count) people", time: now), tx)
            }
            for person in signed.sorted() {
                if person == requester.number {
                    try keysChanged(of: person, tx)
                } else {
                    try signatureAdded(by: requester.number, on: person, tx)
                }
            }
            return Self.answer(failures)
        }
    }

    /// Adds one; whose key it is when the signature is new.
    private func add(_ item: SignatureUpload.Item, by requester: Requester, _ tx: Transaction) throws -> Int64? {
        guard item.object.raw.count <= limits.keyBytes else { throw MatrixError.tooLarge("the signed key is too large") }
        guard let signatures = item.object["signatures"] else { throw MatrixError.missingParam("signatures is missing") }
        try signatures.checkSignatures()
        let own = signatures[requester.user.rawValue]
        guard item.user != requester.user.rawValue else { return try addToOwn(item, own, by: requester, tx) }

        guard let user = try? UserID(parsing: item.user), let person = try tx.number(of: user) else { throw Self.unknownKey }
        guard let key = try CrossSigningQueries.key(.userSigning, of: requester.number, tx)?.publicKeyName else {
            throw MatrixError.notFound("you have no user-signing key")
        }
        guard let master = try CrossSigningQueries.key(.master, of: person, tx), master.publicKeyName == item.name else {
            throw Self.unknownKey
        }
        return try add([("ed25519:\(key)", key)], to: item, stored: master, of: person, by: requester, own, tx)
    }

    private func addToOwn(
        _ item: SignatureUpload.Item, _ own: JSON?, by requester: Requester, _ tx: Transaction
    ) throws -> Int64? {
        let person = requester.number
        if let master = try CrossSigningQueries.key(.master, of: person, tx), master.publicKeyName == item.name {
            let devices = try (own?.members.map(\.key) ?? []).prefix(100).compactMap { keyID -> (String, String)? in
                let device = String(keyID.drop { $0 != ":" }.dropFirst())
                let identity = try KeyQueries.identity(of: person, device, tx).map { try DeviceIdentity(parsing: $0) }
                return identity?.signingKey.map { (keyID, $0) }
            }
            return try add(devices, to: item, stored: master, of: person, by: requester, own, tx)
        }
        guard let identity = try KeyQueries.identity(of: person, item.name, tx) else { throw Self.unknownKey }
        guard let key = try CrossSigningQueries.key(.selfSigning, of: person, tx)?.publicKeyName else {
            throw MatrixError.notFound("you have no self-signing key")
        }
        return try add([("ed25519:\(key)", key)], to: item, stored: identity, of: person, by: requester, own, tx)
    }

    /// Adds the signatures that were made with one of the keys.
    private func add(
        _ keys: [(id: String, publicKey: String)], to item: SignatureUpload.Item, stored: JSON, of person: Int64,
        by requester: Requester, _ own: JSON?, _ tx: Transaction
    ) throws -> Int64? {
        guard try SignedJSON.payload(of: item.object) == SignedJSON.payload(of: stored) else {
            throw MatrixError.invalidParam("the key is not the one that is published")
        }
        var isNew = false
        var found = false
        for (id, publicKey) in keys {
            guard let signature = own?[id]?.string else { continue }
            guard SignedJSON.isSigned(item.object, by: requester.user.rawValue, as: id, publicKey: publicKey) else {
                throw MatrixError.invalidSignature("the signature does not fit")
            }
            found = true
            if try CrossSigningQueries.add(signature, with: id, on: item.name, of: person, by: requester.number, tx) {
                isNew = true
            }
        }
        guard found else { throw MatrixError.invalidSignature("there is no signature by a key that may sign this one") }
        return isNew ? person : nil
    }

    private static let unknownKey = MatrixError.notFound("there is no such key")

    private static func answer(_ failures: [(item: SignatureUpload.Item, error: MatrixError)]) -> [UInt8] {
        var writer = JSONWriter()
        var users: [String] = []
        for failure in failures where !users.contains(failure.item.user) { users.append(failure.item.user) }
        writer.object { answer in
            answer.memberObject("failures") { list in
                for user in users {
                    list.memberObject(user) { keys in
                        for failure in failures where failure.item.user == user {
                            keys.memberRaw(failure.item.name, failure.error.body())
                        }
                    }
                }
            }
        }
        return writer.bytes
    }
}
