import Crypto
import FoundationEssentials

/// Makes events of drafts: hashes, signs and names them.
/// [Signing events](https://spec.matrix.org/v1.19/server-server-api/#signing-events)
package struct EventSigner: Sendable {
    /// The server that signs.
    package let serverName: ServerName
    /// The whole identifier of the key, `ed25519:` and its name.
    package let keyID: String
    private let key: Curve25519.Signing.PrivateKey
    private let signaturesHead: [UInt8]

    /// A signer; `keyID` may leave out the `ed25519:`.
    package init(serverName: ServerName, keyID: String, key: Curve25519.Signing.PrivateKey) {
        self.serverName = serverName
        self.keyID = keyID.hasPrefix("ed25519:") ? keyID : "ed25519:" + keyID
        self.key = key
        var writer = JSONWriter()
        writer.object { [keyID = self.keyID] writer in
            writer.memberObject(serverName.rawValue) { $0.member(keyID, "") }
        }
        signaturesHead = Array(",\"signatures\":".utf8) + writer.bytes.dropLast(3)
    }

    /// The event of a draft. Throws M_TOO_LARGE when it or a field is too long, M_BAD_JSON when it is not an event of the
    /// version, M_FORBIDDEN when the sender belongs to another server. The rules of the room are not asked.
    package func sign(_ draft: EventDraft, version: RoomVersion) throws(MatrixError) -> PDU {
        guard draft.sender.serverName == serverName else { throw .forbidden("a server signs for its own people only") }
        let draft = try draft.placingRedacts(version: version)
        try EventLimits.check(draft)
        let namesNoRoom = draft.type == EventType.create && version.namesRoomAfterCreateEvent
        guard (draft.roomID == nil) == namesNoRoom else { throw .badJSON("room_id is there exactly when the version wants it") }

        let content = try draft.parsedContent()
        let remaining = Redaction.content(content, of: draft.type, version: version)
        let form = EventForm(draft, version: version)
        let hash = EventHash.content(ofUnhashed: form.unhashed(content: draft.content))
        let hashes = Array(",\"hashes\":{\"sha256\":\"\(hash)\"}".utf8)
        let essence = form.redacted(content: remaining, hashes: hashes, signatures: [])
        let signature = try signature(over: essence)
        let signatures = signaturesHead + Array(signature.utf8) + Array("\"}}".utf8)
        let federation = form.whole(content: draft.content, hashes: hashes, signatures: signatures)
        try EventLimits.check(federation)
        return PDU(
            draft, content: content, eventID: try EventHash.eventID(ofRedacted: essence), hashes: ["sha256": hash],
            signatures: [serverName.rawValue: [keyID: signature]], federation: federation,
            remains: PDU.Remains(
                content: try EventDraft.parse(remaining),
                federation: form.redacted(content: remaining, hashes: hashes, signatures: signatures)))
    }

    /// Any object with this server's signature added to those it has, as canonical JSON; `unsigned` stays and is not covered.
    package func sign(_ object: JSON) throws(MatrixError) -> [UInt8] {
        let signature = try signature(over: SignedJSON.payload(of: object))
        guard case .object(var members) = JSONValue(object) else { throw .badJSON("only an object can be signed") }
        var entities: [String: JSONValue] = [:]
        if case .object(let present) = members["signatures"] { entities = present }
        var keys: [String: JSONValue] = [:]
        if case .object(let present) = entities[serverName.rawValue] { keys = present }
        keys[keyID] = .string(signature)
        entities[serverName.rawValue] = .object(keys)
        members["signatures"] = .object(entities)
        return JSONValue.object(members).canonical()
    }

    private func signature(over bytes: [UInt8]) throws(MatrixError) -> String {
        do {
            return Base64.encode(Array(try key.signature(for: bytes)))
        } catch { throw .unknown("the event could not be signed", status: 500) }
    }
}
