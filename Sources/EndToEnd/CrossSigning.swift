import Audit
import Matrix
import Storage

/// Why cross-signing keys were not taken.
package enum CrossSigningError: Error, Equatable {
    /// Keys that are there would be replaced: the person has to prove who he is.
    case needsAuthorisation
    /// A key is not signed by the master key.
    case invalidSignature
    /// There is no master key, neither here nor in the request.
    case noMasterKey
    /// A key has the name of a device.
    case nameTaken
}

extension CrossSigningError: MatrixErrorConvertible {
    package var matrixError: MatrixError {
        switch self {
        case .needsAuthorisation: .forbidden("replacing cross-signing keys has to be confirmed")
        case .invalidSignature: .invalidSignature("the key is not signed by the master key")
        case .noMasterKey: .missingParam("there is no master key")
        case .nameTaken: .forbidden("the key has the name of one of your devices")
        }
    }
}

extension KeyServer {
    /// Publishes somebody's cross-signing keys. The first ones need no authorisation, nor do those that are there already.
    ///
    /// Another master key takes the other two away with it, unless the request brings new ones.
    ///
    /// [Specification](https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3keysdevice_signingupload)
    /// - Parameter isAuthorised: whether the person has proven who he is for this request.
    /// - Throws: ``CrossSigningError``.
    package func publish(
        _ upload: CrossSigningUpload, isAuthorised: Bool, by requester: Requester, at now: Int64
    ) async throws {
        let (person, user) = (requester.number, requester.user.rawValue)
        try await store.write { tx in
            let master = try CrossSigningQueries.key(.master, of: person, tx)
            let fresh = try upload.keys.filter { key in
                try CrossSigningQueries.key(key.usage, of: person, tx).map { !key.isSame(as: $0) } ?? true
            }
            guard let signer = upload[.master]?.publicKey ?? master?.publicKeyName else { throw CrossSigningError.noMasterKey }
            guard !fresh.isEmpty else { return }
            // What nobody would believe is refused before anybody is asked for a password.
            for key in fresh where key.usage != .master {
                guard SignedJSON.isSigned(key.object, by: user, as: "ed25519:\(signer)", publicKey: signer) else {
                    throw CrossSigningError.invalidSignature
                }
            }
            let taken = Set(try everyDevice(of: person, tx) + KeyQueries.identities(of: person, tx).map(\.device))
            guard fresh.allSatisfy({ !taken.contains($0.publicKey) }) else { throw CrossSigningError.nameTaken }
            guard master == nil || isAuthorised else { throw CrossSigningError.needsAuthorisation }
            if fresh.contains(where: { $0.usage == .master }) {
                for usage in CrossSigningUsage.allCases { try CrossSigningQueries.remove(usage, of: person, tx) }
            }
            for key in upload.keys {
                if fresh.contains(where: { $0.usage == key.usage }) {
                    try CrossSigningQueries.remove(key.usage, of: person, tx)
                }
                try CrossSigningQueries.set(key.object, named: key.publicKey, as: key.usage, of: person, tx)
            }
            try AuditLog.append(
                AuditEntry(
                    code: .keyCrossSigning, by: requester,
                    reason: fresh.map(\.usage.rawValue).joined(separator: " ") + (master == nil ? "" : ", replaced"), time: now),
                tx)
            if fresh.contains(where: { $0.usage != .userSigning }) {
                try keysChanged(of: person, tx)
            } else {
                // Nobody else ever sees it.
                try signatureAdded(by: person, on: person, tx)
            }
        }
    }
}
