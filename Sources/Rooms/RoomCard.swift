import Matrix
import Storage

/// What a room shows of itself in the directory.
package struct RoomCard: Sendable {
    /// The room.
    package let roomID: RoomID
    /// How many people are joined.
    package let joined: Int
    /// Its name.
    package let name: String?
    /// Its topic in plain text.
    package let topic: String?
    /// Its main alias.
    package let canonicalAlias: String?
    /// The `mxc://` address of its picture.
    package let avatarURL: String?
    /// Who may join.
    package let joinRule: String?
    /// The type of the room, for instance `m.space`; `nil` for a conversation.
    package let roomType: String?
    /// Whether its history is open to everybody.
    package let isWorldReadable: Bool
    /// Whether guests may join.
    package let guestCanJoin: Bool
    /// How messages in it are encrypted; `nil` where they are not.
    package let encryption: String?
    /// Its version.
    package let version: String?
    /// The rooms whose members may join without an invitation.
    package let allowedRooms: [String]

    private static let types = [
        "m.room.encryption",
        "m.room.create", "m.room.name", "m.room.topic", "m.room.canonical_alias", "m.room.avatar", "m.room.join_rules",
        "m.room.guest_access", "m.room.history_visibility",
    ]

    /// Reads the card from the current state of a room.
    package init(of room: Int64, joined: Int, cache: EventCache?, _ tx: Transaction) throws {
        var state: [String: JSON] = [:]
        for event in try Timeline.events(at: Self.positions(room, tx), cache: cache, tx) { state[event.type] = try event.content }
        roomID = try tx.room(room)
        self.joined = joined
        name = Self.text(state["m.room.name"]?["name"])
        topic = Self.plainTopic(state["m.room.topic"])
        canonicalAlias = Self.text(state["m.room.canonical_alias"]?["alias"])
        avatarURL = Self.text(state["m.room.avatar"]?["url"])
        let joinRules = state["m.room.join_rules"]
        // Without a rule nobody comes in uninvited; to say nothing would mean that everybody may.
        let joinRule = Self.text(joinRules?["join_rule"]) ?? "invite"
        self.joinRule = joinRule
        allowedRooms = joinRule == "restricted" || joinRule == "knock_restricted" ? RestrictedJoin.rooms(joinRules) : []
        encryption = Self.text(state["m.room.encryption"]?["algorithm"])
        version = try RoomInfoQueries.version(of: room, tx)?.rawValue
        roomType = Self.text(state["m.room.create"]?["type"])
        isWorldReadable =
            state["m.room.history_visibility"]?["history_visibility"]?.string == HistoryVisibility.worldReadable.rawValue
        guestCanJoin = state["m.room.guest_access"]?["guest_access"]?.string == "can_join"
    }

    /// Whether name, topic or alias contain a term, whatever its case.
    package func contains(_ term: String) -> Bool {
        let term = term.lowercased()
        return [name, topic, canonicalAlias].contains { $0?.lowercased().contains(term) == true }
    }

    /// Writes the card as an element of the directory.
    package func append(to writer: inout JSONWriter) {
        writer.object { appendMembers(to: &$0) }
    }

    /// Writes the members of a room's summary: those of the directory and some more.
    package func appendSummary(to object: inout JSONWriter) {
        appendMembers(to: &object)
        if let encryption { object.member("encryption", encryption) }
        if let version { object.member("room_version", version) }
        if !allowedRooms.isEmpty {
            object.memberArray("allowed_room_ids") { list in allowedRooms.forEach { list.string($0) } }
        }
    }

    private func appendMembers(to card: inout JSONWriter) {
        card.member("room_id", roomID.rawValue)
        card.member("num_joined_members", Int64(joined))
        card.member("world_readable", isWorldReadable)
        card.member("guest_can_join", guestCanJoin)
        for (key, value) in [
            ("name", name), ("topic", topic), ("canonical_alias", canonicalAlias), ("avatar_url", avatarURL),
            ("join_rule", joinRule), ("room_type", roomType),
        ] {
            if let value { card.member(key, value) }
        }
    }

    private static func positions(_ room: Int64, _ tx: Transaction) throws -> [Int64] {
        var result: [Int64] = []
        let places = types.map { _ in "?" }.joined(separator: ", ")
        try tx.each(
            "SELECT position FROM current_state WHERE room = ? AND state_tag = ? AND type IN (\(places)) ORDER BY position",
            [.int(room), .blob(tx.tag("", .stateKey))] + types.map { .text(tx.typeColumn($0)) }
        ) { result.append(try $0.int(0)) }
        return result
    }

    /// The plain-text form: `m.topic` says it if it is there, otherwise `topic`.
    private static func plainTopic(_ content: JSON?) -> String? {
        guard let content else { return nil }
        if let texts = content["m.topic"]?["m.text"], texts.kind == .array {
            let plain = texts.elements.first { ($0["mimetype"]?.string ?? "text/plain") == "text/plain" }
            return text(plain?["body"])
        }
        return text(content["topic"])
    }

    private static func text(_ value: JSON?) -> String? {
        guard let text = value?.string, !text.isEmpty else { return nil }
        return text
    }
}
