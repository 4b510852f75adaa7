import Testing

@testable import Matrix

@Suite("Auth events selection")
struct AuthEventSelectionTests {
    @Test("a message is allowed by the levels, its sender, and the create event where it counts", arguments: RoomVersion.allCases)
    func message(_ version: RoomVersion) throws {
        let room = try TestRoom(version)
        try expect(room.message(by: room.bob), in: room, [.init(EventType.powerLevels), member(room.bob)])
    }

    @Test("a create event is allowed by nothing", arguments: RoomVersion.allCases)
    func create(_ version: RoomVersion) throws {
        let room = try TestRoom(version)
        #expect(AuthorizationRules.authEvents(for: try room.createDraft([:]), state: room, version: version).isEmpty)
    }

    @Test("what is not in the state is not selected", arguments: RoomVersion.allCases)
    func absent(_ version: RoomVersion) throws {
        var room = try TestRoom(version)
        room.remove(EventType.powerLevels)
        try expect(room.message(by: room.mallory), in: room, [])
    }

    @Test("memberships select as the specification lists", arguments: RoomVersion.allCases)
    func memberships(_ version: RoomVersion) throws {
        var room = try TestRoom(version)
        try room.member(room.mallory, "leave")
        try room.set(EventType.thirdPartyInvite, "token", to: [:])
        let levels = StateSlot(EventType.powerLevels)
        let rules = StateSlot(EventType.joinRules)
        try expect(room.membership("join", of: room.bob), in: room, [levels, member(room.bob), rules])
        try expect(
            room.membership("join", of: room.mallory, ["join_authorised_via_users_server": .string(room.bob.rawValue)]), in: room,
            [levels, member(room.mallory), rules, member(room.bob)])
        try expect(
            room.membership("leave", of: room.bob, ["join_authorised_via_users_server": .string(room.alice.rawValue)]), in: room,
            [levels, member(room.bob)])
        try expect(
            room.membership("invite", of: room.mallory, by: room.bob), in: room,
            [levels, member(room.bob), member(room.mallory), rules])
        try expect(
            room.membership(
                "invite", of: room.mallory, by: room.bob, ["third_party_invite": ["signed": ["token": "token"]]]), in: room,
            [levels, member(room.bob), member(room.mallory), rules, StateSlot(EventType.thirdPartyInvite, "token")])
        try expect(room.membership("knock", of: room.mallory), in: room, [levels, member(room.mallory), rules])
        try expect(
            room.membership("ban", of: room.mallory, by: room.bob), in: room, [levels, member(room.bob), member(room.mallory)])
        try expect(
            room.membership("leave", of: room.mallory, by: room.bob), in: room, [levels, member(room.bob), member(room.mallory)])
    }

    private func member(_ user: UserID) -> StateSlot { StateSlot(EventType.member, user.rawValue) }

    private func expect(_ draft: EventDraft, in room: TestRoom, _ slots: [StateSlot]) throws {
        let all = (room.version == .v12 ? [] : [StateSlot(EventType.create)]) + slots
        let expected = try all.map { try #require(room.stateEvent($0.type, $0.stateKey)).eventID }
        #expect(AuthorizationRules.authEvents(for: draft, state: room, version: room.version) == expected)
    }

    @Test("the auth events that are selected pass", arguments: RoomVersion.allCases)
    func selected(_ version: RoomVersion) throws {
        let scene = try Scene(version)
        try AuthorizationRules.checkAuthEvents(scene.authEvents, of: scene.event, version: version)
    }

    @Test("mallory's auth events are refused", arguments: RoomVersion.allCases)
    func refused(_ version: RoomVersion) throws {
        let scene = try Scene(version)
        func refusal(_ change: (inout [AuthEvent]) throws -> Void) throws -> String? {
            var authEvents = scene.authEvents
            try change(&authEvents)
            do {
                try AuthorizationRules.checkAuthEvents(authEvents, of: scene.event, version: version)
                return nil
            } catch { return error.message }
        }
        #expect(try refusal { $0.append($0[0]) } == "auth_events names the same state twice")
        #expect(
            try refusal { $0.append(try scene.authEvent(EventType.joinRules)) }
                == "auth_events names an event that does not matter")
        #expect(
            try refusal { $0.append(try scene.authEvent(EventType.member, scene.room.alice.rawValue)) }
                == "auth_events names an event that does not matter")
        #expect(
            try refusal { $0[0] = AuthEvent($0[0].event, roomID: $0[0].roomID, isRejected: true) }
                == "auth_events names an event that was rejected")
        let elsewhere = try RoomID(parsing: "!other:example.org")
        #expect(
            try refusal { $0[0] = AuthEvent($0[0].event, roomID: elsewhere, isRejected: false) }
                == "auth_events names an event of another room")
        if version == .v12 {
            #expect(
                try refusal { $0.append(try scene.authEvent(EventType.create)) }
                    == "auth_events names an event that does not matter")
        } else {
            #expect(try refusal { $0.removeFirst() } == "auth_events does not name the create event")
        }
    }

    /// A message of bob's and what allows it.
    private struct Scene {
        let room: TestRoom
        let event: PDU
        var authEvents: [AuthEvent] = []

        init(_ version: RoomVersion) throws {
            room = try TestRoom(version)
            let draft = try room.message(by: room.bob)
            event = try TestKey.signer().sign(draft, version: version)
            for slot in AuthorizationRules.slots(for: draft, version: version) {
                authEvents.append(try authEvent(slot.type, slot.stateKey))
            }
        }

        func authEvent(_ type: String, _ stateKey: String = "") throws -> AuthEvent {
            AuthEvent(try #require(room.stateEvent(type, stateKey)), roomID: room.roomID, isRejected: false)
        }
    }
}
