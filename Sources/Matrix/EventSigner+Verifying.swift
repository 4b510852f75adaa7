import Crypto

/// Checking events that others signed.
extension EventSigner {
    /// What an event's signature and content hash say.
    package enum Verdict: Equatable, Sendable {
        /// Signed, and every byte is as it was.
        case intact
        /// Signed, and the content is not what was hashed: a redacted copy, to be treated as one.
        case redacted
        /// Not signed by the server with this key.
        case forged
    }

    /// Whether the event is signed by its sender's server with the key, and whole.
    package static func verify(_ pdu: PDU, version: RoomVersion, key: Curve25519.Signing.PublicKey) -> Bool {
        examine(pdu, version: version, server: pdu.sender.serverName, key: key) == .intact
    }

    /// Checks the signature of a server, then the content hash.
    /// [Validating](https://spec.matrix.org/v1.19/server-server-api/#validating-hashes-and-signatures-on-received-events)
    package static func examine(
        _ pdu: PDU, version: RoomVersion, server: ServerName, key: Curve25519.Signing.PublicKey
    ) -> Verdict {
        // What does not parse was signed by nobody.
        guard let signatures = pdu.signatures[server.rawValue], let event = try? JSON(parsing: pdu.federation, limits: .event)
        else { return .forged }
        let essence = Redaction.event(event, version: version, keepingSignatures: false)
        guard signatures.contains(where: { SignedJSON.holds($0.value, keyID: $0.key, over: essence, key: key) }) else {
            return .forged
        }
        guard let stated = pdu.hashes["sha256"].flatMap({ Base64.decode($0) }) else { return .redacted }
        return stated == Base64.decode(EventHash.content(of: event)) ? .intact : .redacted
    }
}
