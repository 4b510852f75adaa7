import Matrix

/// What becomes of a room when it is replaced: the events of the new room and the last ones of the old.
struct RoomUpgrade {
    private let old: RoomState
    private let version: RoomVersion
    private let sender: UserID
    private let creators: [UserID]

    /// State that moves along, as the specification recommends.
    private static let moved = [
        "m.room.server_acl", "m.room.encryption", "m.room.name", "m.room.avatar", "m.room.topic", "m.room.guest_access",
        "m.room.history_visibility", "m.room.join_rules",
    ]

    init(of old: RoomState, to version: RoomVersion, by sender: UserID, creators: [UserID]) {
        self.old = old
        self.version = version
        self.sender = sender
        self.creators = version.hasPrivilegedCreators ? creators : []
    }

    /// The content of the new room's create event.
    /// - Parameter latest: the last event of the old room.
    func creation(after latest: EventID?) -> [String: JSONValue] {
        let create = old.stateEvent("m.room.create", "")?.content
        var content: [String: JSONValue] = [:]
        var predecessor: [String: JSONValue] = ["room_id": .string(old.roomID.rawValue)]
        if let latest { predecessor["event_id"] = .string(latest.rawValue) }
        content["predecessor"] = .object(predecessor)
        for key in ["type", "m.federate"] { content[key] = create?[key].map { JSONValue($0) } }
        if !creators.isEmpty { content["additional_creators"] = .array(creators.map { .string($0.rawValue) }) }
        return content
    }

    /// The event that closes the old room.
    func tombstone(for new: RoomID) -> RoomWriter.Wish {
        .init(
            "m.room.tombstone", stateKey: "",
            content: ["body": "This room has been replaced", "replacement_room": .string(new.rawValue)])
    }

    /// The events of the new room after its create event. The power levels come last: until then its creator may do everything.
    func events(_ profile: MemberProfile) -> [RoomWriter.Wish] {
        var events = [RoomWriter.Wish("m.room.member", stateKey: sender.rawValue, content: profile.content(.join))]
        func copy(_ event: StateEvent) {
            events.append(.init(event.type, stateKey: event.stateKey, content: JSONValue(event.content)))
        }
        for type in Self.moved {
            if let event = old.stateEvent(type, "") { copy(event) }
        }
        if old.stateEvent("m.room.create", "")?.content["type"]?.string == "m.space" {
            for child in old.stateEvents("m.space.child").sorted(by: { $0.position < $1.position })
            where child.content["via"] != nil {
                copy(child)
            }
        }
        for member in old.stateEvents("m.room.member").sorted(by: { $0.position < $1.position })
        where member.content["membership"]?.string == Membership.ban.rawValue && member.stateKey != sender.rawValue {
            events.append(.init("m.room.member", stateKey: member.stateKey, content: Self.ban(member)))
        }
        if let alias = old.stateEvent("m.room.canonical_alias", ""), alias.content.count > 0 { copy(alias) }
        events.append(.init("m.room.power_levels", stateKey: "", content: powerLevels))
        return events
    }

    /// What is said in the old room after its aliases have moved: it has none any more, and only moderators speak in it.
    var farewell: [RoomWriter.Wish] {
        var events: [RoomWriter.Wish] = []
        if let alias = old.stateEvent("m.room.canonical_alias", ""), alias.content.count > 0 {
            events.append(.init("m.room.canonical_alias", stateKey: "", content: [:]))
        }
        if var levels = content(of: "m.room.power_levels") {
            let closed = max(50, (Self.int(levels["users_default"]) ?? 0) + 1)
            for (key, usual) in [("events_default", Int64(0)), ("invite", 0)] {
                levels[key] = .int(max(closed, Self.int(levels[key]) ?? usual))
            }
            events.append(.init("m.room.power_levels", stateKey: "", content: .object(levels)))
        }
        return events
    }

    private static func ban(_ member: StateEvent) -> JSONValue {
        var content: [String: JSONValue] = ["membership": "ban"]
        if let reason = member.content["reason"]?.string { content["reason"] = .string(reason) }
        return .object(content)
    }

    /// The old levels, in which creators are listed where the new version lists them and nowhere else.
    private var powerLevels: JSONValue {
        guard var levels = content(of: "m.room.power_levels") else {
            return PowerLevels.initialContent(creator: sender, version: version)
        }
        var users: [String: JSONValue] = [:]
        if case .object(let listed)? = levels["users"] { users = listed }
        if version.hasPrivilegedCreators {
            for creator in [sender] + creators { users[creator.rawValue] = nil }
            levels["events"] = Self.raisingTombstone(levels)
        } else if old.version.hasPrivilegedCreators {
            // Those who stood above all levels stand on the highest one there is.
            let create = old.stateEvent("m.room.create", "")
            let highest = Self.highest(levels)
            for creator in create.map({ RoomCreators(create: $0, version: old.version).users }) ?? [] {
                users[creator] = .int(highest)
            }
        }
        levels["users"] = .object(users)
        return .object(levels)
    }

    /// Only creators close a room of these versions: the level for it stands above that of other state.
    private static func raisingTombstone(_ levels: [String: JSONValue]) -> JSONValue {
        var events: [String: JSONValue] = [:]
        if case .object(let listed)? = levels["events"] { events = listed }
        let usual = int(levels["state_default"]) ?? 50
        if (int(events["m.room.tombstone"]) ?? usual) <= usual { events["m.room.tombstone"] = .int(max(150, usual + 1)) }
        return .object(events)
    }

    private static func highest(_ levels: [String: JSONValue]) -> Int64 {
        var highest: Int64 = 100
        for (_, value) in levels {
            if let level = int(value) { highest = max(highest, level) }
            guard case .object(let inner) = value else { continue }
            for level in inner.values.compactMap(int) { highest = max(highest, level) }
        }
        return highest
    }

    private func content(of type: String) -> [String: JSONValue]? {
        guard let event = old.stateEvent(type, ""), case .object(let content) = JSONValue(event.content) else { return nil }
        return content
    }

    private static func int(_ value: JSONValue?) -> Int64? {
        guard case .int(let level)? = value else { return nil }
        return level
    }
}
