import Testing

@testable import Matrix

@Suite("Power levels")
struct PowerLevelsTests {
    @Test("a silent event leaves the defaults", arguments: RoomVersion.allCases)
    func defaults(_ version: RoomVersion) throws {
        var room = try TestRoom(version)
        try room.set(EventType.powerLevels, to: [:])
        let powers = PowerLevels(state: room, version: version)
        #expect([powers.invite, powers.kick, powers.ban, powers.redact] == [0, 50, 50, 50])
        #expect(powers.required(forEvent: "m.room.topic", isState: true) == 50)
        #expect(powers.required(forEvent: "m.room.message", isState: false) == 0)
        #expect(powers.notifications("room") == 50)
        #expect(powers.level(of: room.bob) == 0)
        #expect(powers.level(of: room.alice) == (version == .v12 ? .max : 0))
    }

    @Test("without the event the creator has 100, or no bound", arguments: RoomVersion.allCases)
    func noEvent(_ version: RoomVersion) throws {
        var room = try TestRoom(version)
        room.remove(EventType.powerLevels)
        let powers = PowerLevels(state: room, version: version)
        #expect(powers.level(of: room.alice) == (version == .v12 ? .max : 100))
        #expect(powers.level(of: room.bob) == 0)
        #expect([powers.invite, powers.kick, powers.ban, powers.redact] == [0, 50, 50, 50])
        #expect(powers.required(forEvent: "m.room.topic", isState: true) == 50)
    }

    @Test("what the event says counts", arguments: RoomVersion.allCases)
    func stated(_ version: RoomVersion) throws {
        var room = try TestRoom(version)
        try room.powerLevels(
            [
                "invite": 1, "kick": 2, "ban": 3, "redact": 4, "state_default": 5, "events_default": 6, "users_default": 7,
                "events": ["m.room.topic": 8], "notifications": ["room": 9],
            ], users: [room.bob: -10])
        let powers = PowerLevels(state: room, version: version)
        #expect([powers.invite, powers.kick, powers.ban, powers.redact] == [1, 2, 3, 4])
        #expect(powers.required(forEvent: "m.room.name", isState: true) == 5)
        #expect(powers.required(forEvent: "m.room.message", isState: false) == 6)
        #expect(powers.level(of: room.mallory) == 7)
        #expect(powers.required(forEvent: "m.room.topic", isState: false) == 8)
        #expect(powers.notifications("room") == 9)
        #expect(powers.notifications("other") == 50)
        #expect(powers.level(of: room.bob) == -10)
    }

    @Test("a number written as text is no number", arguments: RoomVersion.allCases)
    func texts(_ version: RoomVersion) throws {
        var room = try TestRoom(version)
        try room.set(
            EventType.powerLevels,
            to: [
                "ban": "100", "users": .object([room.mallory.rawValue: "100"]), "events": ["m.room.message": "100"],
                "users_default": true,
            ])
        let powers = PowerLevels(state: room, version: version)
        #expect(powers.ban == 50)
        #expect(powers.level(of: room.mallory) == 0)
        #expect(powers.required(forEvent: "m.room.message", isState: false) == 0)
    }

    @Test("creators of version 12 stand above what the event says of them")
    func creators() throws {
        var room = try TestRoom(.v12)
        try room.create(["additional_creators": .array([.string(room.bob.rawValue)])])
        try room.powerLevels([:], users: [room.alice: 0, room.bob: -5])
        let powers = PowerLevels(state: room, version: .v12)
        #expect(powers.level(of: room.alice) == .max)
        #expect(powers.level(of: room.bob) == .max)
        #expect(powers.level(of: room.mallory) == 0)
        let create = try #require(room.stateEvent(EventType.create, ""))
        #expect(RoomCreators(create: create, version: .v12).users == [room.alice.rawValue, room.bob.rawValue])
        #expect(RoomCreators(create: create, version: .v11).users == [room.alice.rawValue])
    }

    @Test("a new room's levels pass the rules, and closing it takes most", arguments: RoomVersion.allCases)
    func initial(_ version: RoomVersion) throws {
        var room = try TestRoom(version)
        room.remove(EventType.powerLevels)
        let content = PowerLevels.initialContent(creator: room.alice, equals: [room.bob], version: version)
        let draft = try room.draft(EventType.powerLevels, "", by: room.alice, content)
        try AuthorizationRules.check(draft, state: room, version: version)
        try room.set(EventType.powerLevels, to: content)
        let powers = PowerLevels(state: room, version: version)
        #expect(powers.required(forEvent: EventType.tombstone, isState: true) == (version == .v12 ? 150 : 100))
        #expect(powers.level(of: room.bob) == 100)
        #expect(powers.level(of: room.alice) == (version == .v12 ? .max : 100))
        let close = try room.draft(EventType.tombstone, "", by: room.bob)
        if version == .v12 {
            #expect(throws: MatrixError.self) { try AuthorizationRules.check(close, state: room, version: version) }
        } else {
            try AuthorizationRules.check(close, state: room, version: version)
        }
    }
}
