import Matrix

/// The events that follow the create event of a new room, in the order that the specification gives.
struct NewRoom {
    /// The events, without the invitations.
    let events: [RoomWriter.Wish]

    /// - Parameter encrypts: whether the room is encrypted although nobody asked for it.
    init(_ wish: RoomWish, creator: UserID, profile: MemberProfile, version: RoomVersion, encrypts: Bool = false) {
        var events = [
            RoomWriter.Wish("m.room.member", stateKey: creator.rawValue, content: profile.content(.join)),
            RoomWriter.Wish(
                "m.room.power_levels", stateKey: "",
                content: Self.powerLevels(wish, creator: creator, version: version)),
        ]
        if let alias = wish.alias {
            events.append(.init("m.room.canonical_alias", stateKey: "", content: ["alias": .string(alias.rawValue)]))
        }
        var overridden = Set(wish.initialState.filter { $0.stateKey.isEmpty }.map(\.type))
        for (type, content) in Self.preset(wish.preset, encrypts: encrypts) where !overridden.contains(type) {
            events.append(.init(type, stateKey: "", content: content))
        }
        if wish.name != nil { overridden.insert("m.room.name") }
        for state in wish.initialState {
            let isReplaced =
                state.stateKey.isEmpty
                && (state.type == "m.room.name" && wish.name != nil || state.type == "m.room.topic" && wish.topic != nil)
            guard !isReplaced else { continue }
            events.append(.init(state.type, stateKey: state.stateKey, content: state.content))
        }
        if let name = wish.name { events.append(.init("m.room.name", stateKey: "", content: ["name": .string(name)])) }
        if let topic = wish.topic {
            let plain: JSONValue = ["body": .string(topic), "mimetype": "text/plain"]
            events.append(
                .init(
                    "m.room.topic", stateKey: "",
                    content: ["topic": .string(topic), "m.topic": ["m.text": .array([plain])]]))
        }
        self.events = events
    }

    private static func preset(_ preset: RoomWish.Preset, encrypts: Bool) -> [(String, JSONValue)] {
        let isPublic = preset == .publicChat
        let encryption: [(String, JSONValue)] =
            encrypts ? [("m.room.encryption", ["algorithm": "m.megolm.v1.aes-sha2"])] : []
        return encryption + [
            ("m.room.join_rules", ["join_rule": isPublic ? "public" : "invite"]),
            ("m.room.history_visibility", ["history_visibility": "shared"]),
            ("m.room.guest_access", ["guest_access": isPublic ? "forbidden" : "can_join"]),
        ]
    }

    private static func powerLevels(_ wish: RoomWish, creator: UserID, version: RoomVersion) -> JSONValue {
        let equals = wish.preset == .trustedPrivateChat && !version.hasPrivilegedCreators ? wish.invite : []
        guard case .object(var content) = PowerLevels.initialContent(creator: creator, equals: equals, version: version)
        else { return .object(wish.powerLevels) }
        // In a private chat everybody brings people along; in a public room nobody needs to.
        if wish.preset != .publicChat { content["invite"] = 0 }
        content.merge(wish.powerLevels) { _, override in override }
        return .object(content)
    }
}
