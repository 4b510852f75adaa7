@testable import Matrix

/// Rule 1, `m.room.create`, and the rules that look at it from other events.
extension RuleCase {
    private static let withRoomID: [RoomVersion] = [.v10, .v11]

    static let create: [RuleCase] = [
        accepts("a create event that follows nothing") { try $0.createDraft(["room_version": .string($0.version.rawValue)]) },
        refuses("a create event with prev_events", saying: "a create event follows no other") {
            var draft = try $0.createDraft([:])
            draft.prevEvents = [try TestRoom.eventID(5)]
            return draft
        },
        refuses("a create event that names a room", saying: "a create event names no room", in: [.v12]) {
            var draft = try $0.createDraft([:])
            draft.roomID = $0.roomID
            return draft
        },
        refuses(
            "a room of another server", saying: "the room belongs to another server than its creator", in: withRoomID
        ) {
            var draft = try $0.createDraft([:])
            draft.roomID = try RoomID(parsing: "!room:elsewhere.example")
            return draft
        },
        refuses(
            "a create event without a room", saying: "the room belongs to another server than its creator", in: withRoomID
        ) {
            var draft = try $0.createDraft([:])
            draft.roomID = nil
            return draft
        },
        accepts("a create event that states no version") { try $0.createDraft([:]) },
        refuses("an unknown version", saying: "this room version is not known here") {
            try $0.createDraft(["room_version": "org.mallory.99"])
        },
        refuses("a version that is a number", saying: "this room version is not known here") {
            try $0.createDraft(["room_version": 10])
        },
        refuses("no creator", saying: "the create event has no creator", in: [.v10]) {
            var draft = try $0.createDraft([:])
            draft.content = Array("{}".utf8)
            return draft
        },
        accepts("no creator where the sender is it", in: [.v11, .v12]) { try $0.createDraft([:]) },
        accepts("a list of additional creators", in: [.v12]) {
            try $0.createDraft(["additional_creators": .array([.string($0.bob.rawValue), .string($0.stranger.rawValue)])])
        },
        accepts("an empty list of additional creators", in: [.v12]) { try $0.createDraft(["additional_creators": []]) },
        refuses(
            "additional creators that are no list", saying: "additional_creators is not a list of user IDs", in: [.v12]
        ) { try $0.createDraft(["additional_creators": .string($0.bob.rawValue)]) },
        refuses(
            "an additional creator that is a number", saying: "additional_creators is not a list of user IDs", in: [.v12]
        ) { try $0.createDraft(["additional_creators": [1]]) },
        refuses(
            "an additional creator without a server", saying: "additional_creators is not a list of user IDs", in: [.v12]
        ) { try $0.createDraft(["additional_creators": .array([.string($0.bob.rawValue), "@mallory"])]) },
        accepts("any additional_creators before they meant something", in: withRoomID) {
            try $0.createDraft(["additional_creators": 3])
        },
    ]

    static let general: [RuleCase] = [
        refuses("events in a room that was never created", saying: "the room was never created") {
            $0.remove(EventType.create)
            return try $0.message(by: $0.alice)
        },
        refuses(
            "a room ID that is not the create event's", saying: "the room ID is not that of the create event", in: [.v12]
        ) {
            var draft = try $0.message(by: $0.alice)
            draft.roomID = RoomID(createEvent: try TestRoom.eventID(2))
            return draft
        },
        refuses("an event without a room", saying: "the room ID is not that of the create event", in: [.v12]) {
            var draft = try $0.message(by: $0.alice)
            draft.roomID = nil
            return draft
        },
        refuses("other servers where m.federate is false", saying: "the room is not open to other servers") {
            try $0.create(["m.federate": false])
            try $0.member($0.stranger, "join")
            return try $0.message(by: $0.stranger)
        },
        accepts("the own server where m.federate is false") {
            try $0.create(["m.federate": false])
            return try $0.message(by: $0.bob)
        },
        accepts("other servers where m.federate is true") {
            try $0.create(["m.federate": true])
            try $0.member($0.stranger, "join")
            return try $0.message(by: $0.stranger)
        },
        accepts("a message of a member") { try $0.message(by: $0.bob) },
        refuses("a message of somebody unknown", saying: "you are not in the room") { try $0.message(by: $0.mallory) },
        refuses("a message of an invited person", saying: "you are not in the room") {
            try $0.member($0.mallory, "invite")
            return try $0.message(by: $0.mallory)
        },
        refuses("a message of a person who left", saying: "you are not in the room") {
            try $0.member($0.mallory, "leave")
            return try $0.message(by: $0.mallory)
        },
        refuses("a message of a banned person", saying: "you are not in the room") {
            try $0.member($0.mallory, "ban")
            return try $0.message(by: $0.mallory)
        },
        refuses("a message of a person who knocked", saying: "you are not in the room") {
            try $0.member($0.mallory, "knock")
            return try $0.message(by: $0.mallory)
        },
        refuses("a message of a creator who left", saying: "you are not in the room") {
            try $0.member($0.alice, "leave")
            return try $0.message(by: $0.alice)
        },
        accepts("a third-party invite at the invite level, whatever state takes") {
            try $0.powerLevels(["invite": 0, "state_default": 50])
            return try $0.draft(EventType.thirdPartyInvite, "token", by: $0.bob)
        },
        refuses("a third-party invite below the invite level", saying: "your power level is too low to invite") {
            try $0.powerLevels(["invite": 1])
            return try $0.draft(EventType.thirdPartyInvite, "token", by: $0.bob)
        },
        accepts("a message at events_default") {
            try $0.powerLevels(["events_default": 10], users: [$0.bob: 10])
            return try $0.message(by: $0.bob)
        },
        refuses("a message below events_default", saying: "your power level is too low for this event") {
            try $0.powerLevels(["events_default": 10], users: [$0.bob: 9])
            return try $0.message(by: $0.bob)
        },
        accepts("state at state_default") {
            try $0.powerLevels([:], users: [$0.bob: 50])
            return try $0.draft("m.room.topic", "", by: $0.bob)
        },
        refuses("state below the 50 that it takes by default", saying: "your power level is too low for this event") {
            try $0.powerLevels([:], users: [$0.bob: 49])
            return try $0.draft("m.room.topic", "", by: $0.bob)
        },
        accepts("an event whose type has a lower level") {
            try $0.powerLevels(["events": ["m.room.topic": 0]])
            return try $0.draft("m.room.topic", "", by: $0.bob)
        },
        refuses("an event whose type has a higher level", saying: "your power level is too low for this event") {
            try $0.powerLevels(["events": ["m.room.message": 1]])
            return try $0.message(by: $0.bob)
        },
        accepts("an event of somebody whom users_default lifts") {
            try $0.powerLevels(["users_default": 50])
            return try $0.draft("m.room.topic", "", by: $0.bob)
        },
        refuses("an event of somebody below zero", saying: "your power level is too low for this event") {
            try $0.powerLevels([:], users: [$0.bob: -1])
            return try $0.message(by: $0.bob)
        },
        accepts("state of the creator without power levels") {
            $0.remove(EventType.powerLevels)
            return try $0.draft("m.room.topic", "", by: $0.alice)
        },
        accepts("a message of anybody without power levels") {
            $0.remove(EventType.powerLevels)
            return try $0.message(by: $0.bob)
        },
        refuses("state of others without power levels", saying: "your power level is too low for this event") {
            $0.remove(EventType.powerLevels)
            return try $0.draft("m.room.topic", "", by: $0.bob)
        },
        accepts("a redaction below the redact level, which these rules do not ask for") {
            try $0.powerLevels(["redact": 100])
            return try $0.draft(EventType.redaction, by: $0.bob)
        },
        refuses("a redaction below the level of its type", saying: "your power level is too low for this event") {
            try $0.powerLevels(["events": ["m.room.redaction": 50]])
            return try $0.draft(EventType.redaction, by: $0.bob)
        },
        accepts("the own state") {
            try $0.powerLevels(["state_default": 0])
            return try $0.draft("org.example.mood", $0.bob.rawValue, by: $0.bob)
        },
        refuses("the state of somebody else", saying: "this state belongs to somebody else") {
            try $0.draft("org.example.mood", $0.bob.rawValue, by: $0.alice)
        },
        accepts("state whose key is no user") { try $0.draft("org.example.mood", "bob", by: $0.alice) },
        accepts("aliases like any state") { try $0.draft("m.room.aliases", "example.org", by: $0.alice) },
        accepts("a creator at any level", in: [.v12]) {
            try $0.powerLevels(["events": ["m.room.message": 9_007_199_254_740_991]])
            return try $0.message(by: $0.alice)
        },
        refuses("a creator at a level above", saying: "your power level is too low for this event", in: withRoomID) {
            try $0.powerLevels(["events": ["m.room.message": 101]])
            return try $0.message(by: $0.alice)
        },
        accepts("an additional creator at any level", in: [.v12]) {
            try $0.create(["additional_creators": .array([.string($0.bob.rawValue)])])
            try $0.powerLevels(["events_default": 150])
            return try $0.message(by: $0.bob)
        },
        refuses("additional creators before them", saying: "your power level is too low for this event", in: withRoomID) {
            try $0.create(["additional_creators": .array([.string($0.bob.rawValue)])])
            try $0.powerLevels(["events_default": 150])
            return try $0.message(by: $0.bob)
        },
    ]
}
