/// Whose data key seals something. Keys of rooms and people can be destroyed one by one.
package enum KeyScope: Sendable, Hashable {
    /// What belongs to nobody: names behind numbers, the audit log, settings.
    case server
    /// A room, by its number.
    case room(Int64)
    /// A person, by number.
    case person(Int64)

    /// The name in the table of data keys and in key derivation.
    package var name: String {
        switch self {
        case .server: "server"
        case .room(let number): "room/\(number)"
        case .person(let number): "person/\(number)"
        }
    }
}

/// What a keyed tag stands for. Each purpose has a key of its own, so tags of different purposes cannot be compared.
package enum TagPurpose: String, Sendable, CaseIterable {
    case user, room, alias, event, device, stateKey, type, token, transaction, email, phone, filter, receipt, accountData
    case registrationToken, loginToken, refreshToken, session, address, pushKey, thirdParty, media, mention, word, other
    case openIDToken, annotation
}
