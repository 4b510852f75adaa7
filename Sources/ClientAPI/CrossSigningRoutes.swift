import Access
import Audit
import EndToEnd
import HTTPSurface
import HTTPTypes
import Identity
import Matrix

extension ClientRoutes {
    /// Cross-signing keys and signatures.
    static func crossSigning(_ services: ClientServices) -> [Route] {
        let (accounts, keys) = (services.accounts, services.keys)
        let root = "/_matrix/client/v3/keys"
        return [
            Route(
                .post, root + "/device_signing/upload", permission: .crossSigningUse, audit: .writes(.keyCrossSigning),
                rate: .credential
            ) { exchange, session in
                let request = try accounts.interactiveRequest(
                    try await exchange.body(), for: InteractiveOperation("POST /keys/device_signing/upload", session),
                    flows: [[.password]])
                let upload = try CrossSigningUpload(parsing: request.parameters, of: session.user)
                do {
                    try await keys.publish(upload, isAuthorised: false, by: session.requester, at: exchange.now)
                    return .empty
                } catch CrossSigningError.needsAuthorisation {
                    return try await challenging {
                        _ = try await accounts.authorise(request, session: session, from: exchange.origin)
                        try await keys.publish(upload, isAuthorised: true, by: session.requester, at: exchange.now)
                        return .empty
                    }
                }
            },
            Route(
                .post, root + "/signatures/upload", permission: .crossSigningUse, audit: .writes(.keySignature)
            ) { exchange, session in
                let upload = try SignatureUpload(parsing: try await exchange.body())
                return .json(try await keys.addSignatures(upload, by: session.requester, at: exchange.now))
            },
        ]
    }
}
