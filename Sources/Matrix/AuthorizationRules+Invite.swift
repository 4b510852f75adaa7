import Crypto
import FoundationEssentials

/// The rules for invitations.
extension AuthorizationRules.Check {
    func checkInvite(_ target: UserID, _ content: JSON) throws(MatrixError) {
        let current = state.membership(of: target.rawValue)
        if let invite = content["third_party_invite"] {
            guard current != .ban else { throw .forbidden("this person is banned from the room") }
            return try checkThirdPartyInvite(invite, target)
        }
        try checkSenderJoined()
        guard current != .join else { throw .forbidden("this person is in the room already") }
        guard current != .ban else { throw .forbidden("this person is banned from the room") }
        let powers = powers
        guard powers.level(of: event.sender) >= powers.invite else {
            throw .forbidden("your power level is too low to invite")
        }
    }

    /// The invited person proves, with the signature of an identity server, to be the one whom the token stands for.
    private func checkThirdPartyInvite(_ invite: JSON, _ target: UserID) throws(MatrixError) {
        guard let signed = invite["signed"] else { throw .forbidden("the third-party invite is not signed") }
        guard let user = signed["mxid"]?.string, let token = signed["token"]?.string else {
            throw .forbidden("the third-party invite names nobody, or has no token")
        }
        guard user == target.rawValue else { throw .forbidden("the third-party invite is for somebody else") }
        guard let issued = state.stateEvent(EventType.thirdPartyInvite, token) else {
            throw .forbidden("the third-party invite was never issued")
        }
        guard issued.sender == event.sender else { throw .forbidden("the third-party invite was issued by somebody else") }
        guard SignedJSON.isSigned(signed, byAnyOf: publicKeys(of: issued.content)) else {
            throw .forbidden("the signature of the third-party invite does not hold")
        }
    }

    private func publicKeys(of content: JSON) -> [Curve25519.Signing.PublicKey] {
        let listed = content["public_keys"]?.elements.compactMap { $0["public_key"]?.string } ?? []
        let stated = (content["public_key"]?.string).map { [$0] } ?? []
        return (stated + listed).compactMap { text in
            // What is no key verifies nothing.
            (Base64.decode(text) ?? Base64.decode(text, urlSafe: true)).flatMap {
                try? Curve25519.Signing.PublicKey(rawRepresentation: $0)
            }
        }
    }
}
