import Crypto
import FoundationEssentials

@testable import Matrix

/// The rules for invitations.
extension RuleCase {
    static let invite: [RuleCase] = [
        accepts("an invitation of a stranger") { try $0.membership("invite", of: $0.mallory, by: $0.bob) },
        accepts("an invitation of somebody who left") {
            try $0.member($0.mallory, "leave")
            return try $0.membership("invite", of: $0.mallory, by: $0.bob)
        },
        accepts("an invitation of somebody who knocked") {
            try $0.joinRule("knock")
            try $0.member($0.mallory, "knock")
            return try $0.membership("invite", of: $0.mallory, by: $0.bob)
        },
        refuses("an invitation by a stranger", saying: "you are not in the room") {
            try $0.membership("invite", of: $0.mallory)
        },
        refuses("an invitation of a member", saying: "this person is in the room already") {
            try $0.membership("invite", of: $0.bob, by: $0.alice)
        },
        refuses("an invitation of a banned person", saying: "this person is banned from the room") {
            try $0.member($0.mallory, "ban")
            return try $0.membership("invite", of: $0.mallory, by: $0.alice)
        },
        refuses("an invitation below the invite level", saying: "your power level is too low to invite") {
            try $0.powerLevels(["invite": 50], users: [$0.bob: 49])
            return try $0.membership("invite", of: $0.mallory, by: $0.bob)
        },
        accepts("an invitation at the invite level") {
            try $0.powerLevels(["invite": 50], users: [$0.bob: 50])
            return try $0.membership("invite", of: $0.mallory, by: $0.bob)
        },
    ]

    static let thirdParty: [RuleCase] = [
        accepts("a third-party invite signed with the public key") {
            try issue(&$0, ["public_key": .string(publicKey)])
            return try third($0, try signed(mxid: $0.mallory))
        },
        accepts("a third-party invite signed with one of the public keys") {
            try issue(&$0, ["public_keys": .array([["public_key": "bm8ga2V5"], ["public_key": .string(publicKey)]])])
            return try third($0, try signed(mxid: $0.mallory))
        },
        accepts("a third-party invite whose key is written URL-safe") {
            let key = publicKey.replacing("+", with: "-").replacing("/", with: "_")
            try issue(&$0, ["public_key": .string(key)])
            return try third($0, try signed(mxid: $0.mallory))
        },
        refuses("a third-party invite of a banned person", saying: "this person is banned from the room") {
            try issue(&$0, ["public_key": .string(publicKey)])
            try $0.member($0.mallory, "ban")
            return try third($0, try signed(mxid: $0.mallory))
        },
        refuses("a third-party invite that is not signed", saying: "the third-party invite is not signed") {
            try third($0, nil)
        },
        refuses("a third-party invite without a user", saying: "the third-party invite names nobody, or has no token") {
            try third($0, ["token": "token"])
        },
        refuses("a third-party invite without a token", saying: "the third-party invite names nobody, or has no token") {
            try third($0, ["mxid": .string($0.mallory.rawValue)])
        },
        refuses("a third-party invite for somebody else", saying: "the third-party invite is for somebody else") {
            try issue(&$0, ["public_key": .string(publicKey)])
            return try third($0, try signed(mxid: $0.stranger))
        },
        refuses("a third-party invite that nobody issued", saying: "the third-party invite was never issued") {
            try third($0, try signed(mxid: $0.mallory))
        },
        refuses("a third-party invite of another token", saying: "the third-party invite was never issued") {
            try issue(&$0, ["public_key": .string(publicKey)])
            return try third($0, try signed(mxid: $0.mallory, token: "other"))
        },
        refuses(
            "a third-party invite used by somebody else", saying: "the third-party invite was issued by somebody else"
        ) {
            try issue(&$0, ["public_key": .string(publicKey)])
            return try third($0, try signed(mxid: $0.mallory), by: $0.bob)
        },
        refuses("a third-party invite signed with another key", saying: broken) {
            let other = Base64.encode(Array(try TestKey.other().publicKey.rawRepresentation))
            try issue(&$0, ["public_key": .string(other)])
            return try third($0, try signed(mxid: $0.mallory))
        },
        refuses("a third-party invite changed after it was signed", saying: broken) {
            try issue(&$0, ["public_key": .string(publicKey)])
            guard case .object(var members) = try signed(mxid: $0.mallory) else { return try third($0, nil) }
            members["sender"] = "mallory"
            return try third($0, .object(members))
        },
        refuses("a third-party invite without signatures", saying: broken) {
            try issue(&$0, ["public_key": .string(publicKey)])
            return try third($0, ["mxid": .string($0.mallory.rawValue), "token": "token"])
        },
        refuses("a third-party invite without keys", saying: broken) {
            try issue(&$0, [:])
            return try third($0, try signed(mxid: $0.mallory))
        },
    ]

    private static let broken = "the signature of the third-party invite does not hold"
    private static let publicKey: String = {
        let key = try? TestKey.signing().publicKey.rawRepresentation
        return key.map { Base64.encode(Array($0)) } ?? ""
    }()

    private static func issue(_ room: inout TestRoom, _ content: JSONValue) throws {
        try room.set(EventType.thirdPartyInvite, "token", by: room.alice, to: content)
    }

    private static func signed(mxid: UserID, token: String = "token") throws -> JSONValue {
        let object: JSONValue = ["mxid": .string(mxid.rawValue), "token": .string(token)]
        let signed = try TestKey.signer("identity.example").sign(JSON(parsing: object.canonical()))
        return JSONValue(try JSON(parsing: signed))
    }

    private static func third(_ room: TestRoom, _ signed: JSONValue?, by sender: UserID? = nil) throws -> EventDraft {
        var invite: [String: JSONValue] = ["display_name": "m…"]
        invite["signed"] = signed
        return try room.membership(
            "invite", of: room.mallory, by: sender ?? room.alice, ["third_party_invite": .object(invite)])
    }
}
