import Matrix

/// What a person shows to others: a display name, an avatar, further fields. Values are kept as the bytes that came.
package struct Profile: Sendable, Equatable {
    /// The fields in the order in which they were set.
    package private(set) var fields: [(key: String, value: [UInt8])]

    /// The profile of somebody who has set nothing.
    package init() { fields = [] }

    init(parsing bytes: [UInt8]) throws {
        fields = try JSON(parsing: bytes).members.map { ($0.key, Array($0.value.raw)) }
    }

    /// The value of a field as JSON.
    package subscript(_ key: String) -> [UInt8]? { fields.first { $0.key == key }?.value }

    /// The display name.
    package var displayName: String? { text(ProfileField.displayName) }

    /// The address of the avatar.
    package var avatarURL: String? { text(ProfileField.avatarURL) }

    /// Sets a field, or removes it.
    mutating func set(_ key: String, _ value: [UInt8]?) {
        let position = fields.firstIndex { $0.key == key }
        switch (position, value) {
        case (let position?, let value?): fields[position].value = value
        case (let position?, nil): fields.remove(at: position)
        case (nil, let value?): fields.append((key, value))
        case (nil, nil): break
        }
    }

    /// The whole profile as one JSON object.
    package var json: [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            for field in fields { writer.memberRaw(field.key, field.value) }
        }
        return writer.bytes
    }

    package static func == (one: Profile, other: Profile) -> Bool {
        one.fields.elementsEqual(other.fields) { $0.key == $1.key && $0.value == $1.value }
    }

    private func text(_ key: String) -> String? {
        // What is stored was parsed when it was set; a value that is no text is no name.
        self[key].flatMap { try? JSON(parsing: $0).string }
    }
}

/// The grammar of [profile fields](https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3profileuseridkeyname).
package enum ProfileField {
    static let displayName = "displayname"
    static let avatarURL = "avatar_url"
    static let timeZone = "m.tz"
    static let longestText = 1_024
    /// The profile stays below this, in bytes.
    static let profileLimit = 65_536

    /// Whether a field shows in membership events.
    package static func isShownInRooms(_ key: String) -> Bool { key == displayName || key == avatarURL }

    static func check(_ key: String) throws(IdentityError) {
        guard key.utf8.count <= 255 else { throw .profileKeyTooLarge }
        if isShownInRooms(key) { return }
        let parts = key.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let isGrammatical =
            parts.count >= 2
            && parts.allSatisfy { part in
                guard let first = part.first, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first) else { return false }
                return part.allSatisfy { byte in
                    switch byte {
                    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"),
                        UInt8(ascii: "-"):
                        true
                    default: false
                    }
                }
            }
        guard isGrammatical else { throw .invalidProfileKey }
    }

    /// The bytes to store; nil removes the field (an empty or null name or avatar, as clients send them).
    static func stored(_ value: JSON, for key: String) throws(IdentityError) -> [UInt8]? {
        switch key {
        case displayName, avatarURL:
            if value.isNull { return nil }
            guard let text = value.string else { throw .invalidProfileValue("\(key) must be a string") }
            if text.isEmpty { return nil }
            guard text.utf8.count <= longestText else {
                throw .invalidProfileValue("\(key) has at most \(longestText) bytes")
            }
            guard key == displayName || text.hasPrefix("mxc://") else {
                throw .invalidProfileValue("avatar_url must be an mxc:// address")
            }
        case timeZone:
            guard let text = value.string, (1...255).contains(text.utf8.count) else {
                throw .invalidProfileValue("m.tz must be the name of a time zone")
            }
        default: break
        }
        return Array(value.raw)
    }
}
