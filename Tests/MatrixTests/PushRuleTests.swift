import Testing

@testable import Matrix

/// Alice in a room with others, whose events are looked at with rules.
private struct Scene {
    var members = 5
    var room: TestRoom
    let alice: UserID

    init() throws {
        room = try TestRoom(.v11)
        alice = room.alice
    }

    func event(_ type: String, _ content: String, by sender: UserID? = nil, stateKey: String? = nil) throws -> PushEvent {
        PushEvent(
            eventID: try TestRoom.eventID(7), roomID: room.roomID, type: type, sender: sender ?? room.bob, stateKey: stateKey,
            content: try JSON(parsing: Array(content.utf8)), originServerTS: 5)
    }

    func actions(_ event: PushEvent, _ rules: PushRules = PushRules(), name: String? = "Alice") -> [PushAction]? {
        var evaluation = PushEvaluation(event, in: PushRoom(members: members, levels: PowerLevels(state: room, version: .v11)))
        return evaluation.actions(rules.inOrder, for: PushReader(user: alice, displayName: name))
    }

    /// Whether one condition holds.
    func holds(_ condition: String, _ event: PushEvent, name: String? = "Alice") throws -> Bool {
        var rules = PushRules()
        let body = #"{"actions":[{"set_tweak":"x"}],"conditions":[\#(condition)]}"#
        try rules.put(PushRule("x", .override, parsing: JSON(parsing: Array(body.utf8))), .override, at: nil)
        return actions(event, rules, name: name) == [.tweak("x", nil)]
    }
}

@Suite("Push rules that everybody has")
struct ServerPushRuleTests {
    private struct Case: Sendable, CustomStringConvertible {
        let description: String
        let type: String
        let content: String
        var stateKey: String?
        var members = 5
        var byCreator = false
        let actions: [PushAction]?
    }

    private static let mention = #""m.mentions":{"user_ids":["@alice:example.org"]}"#
    private static let roomMention = #""m.mentions":{"room":true}"#
    private static let cases: [Case] = [
        Case(description: "a message", type: "m.room.message", content: #"{"body":"x","msgtype":"m.text"}"#, actions: [.notify]),
        Case(
            description: "a message in a room of two", type: "m.room.message", content: #"{"body":"x","msgtype":"m.text"}"#,
            members: 2, actions: [.notify, .sound("default")]),
        Case(description: "an encrypted message", type: "m.room.encrypted", content: "{}", actions: [.notify]),
        Case(
            description: "an encrypted message in a room of two", type: "m.room.encrypted", content: "{}", members: 2,
            actions: [.notify, .sound("default")]),
        Case(description: "a call", type: "m.call.invite", content: "{}", actions: [.notify, .sound("ring")]),
        Case(description: "a notice", type: "m.room.message", content: #"{"body":"x","msgtype":"m.notice"}"#, actions: []),
        Case(
            description: "a notice that mentions", type: "m.room.message", content: "{\"msgtype\":\"m.notice\",\(mention)}",
            actions: []),
        Case(
            description: "an invitation", type: "m.room.member", content: #"{"membership":"invite"}"#,
            stateKey: "@alice:example.org", actions: [.notify, .sound("default")]),
        Case(
            description: "an invitation of somebody else", type: "m.room.member", content: #"{"membership":"invite"}"#,
            stateKey: "@carol:example.org", actions: []),
        Case(
            description: "a join", type: "m.room.member", content: #"{"membership":"join"}"#, stateKey: "@bob:example.org",
            actions: []),
        Case(
            description: "a mention", type: "m.room.message", content: "{\"body\":\"x\",\"msgtype\":\"m.text\",\(mention)}",
            actions: [.notify, .sound("default"), .highlight]),
        Case(
            description: "a mention in an event of any type", type: "org.example.poll", content: "{\(mention)}",
            actions: [.notify, .sound("default"), .highlight]),
        Case(
            description: "a mention of somebody else", type: "org.example.poll",
            content: #"{"m.mentions":{"user_ids":["@bob:example.org"]}}"#, actions: nil),
        Case(
            description: "a name in the body alone", type: "m.room.message",
            content: #"{"body":"alice: Alice @room","msgtype":"m.text"}"#, actions: [.notify]),
        Case(
            description: "a room mention with the power", type: "m.room.message",
            content: "{\"body\":\"x\",\"msgtype\":\"m.text\",\(roomMention)}", byCreator: true, actions: [.notify, .highlight]),
        Case(
            description: "a room mention without the power", type: "m.room.message",
            content: "{\"body\":\"x\",\"msgtype\":\"m.text\",\(roomMention)}", actions: [.notify]),
        Case(
            description: "a room mention that is not true", type: "m.room.message",
            content: #"{"body":"x","msgtype":"m.text","m.mentions":{"room":"true"}}"#, byCreator: true, actions: [.notify]),
        Case(
            description: "a tombstone", type: "m.room.tombstone", content: "{}", stateKey: "", actions: [.notify, .highlight]),
        Case(description: "a tombstone that is no state", type: "m.room.tombstone", content: "{}", actions: nil),
        Case(description: "a reaction", type: "m.reaction", content: "{}", actions: []),
        Case(description: "server ACLs", type: "m.room.server_acl", content: "{}", stateKey: "", actions: []),
        Case(
            description: "an edit", type: "m.room.message",
            content: #"{"body":"* x","msgtype":"m.text","m.relates_to":{"rel_type":"m.replace","event_id":"$x"}}"#, actions: []),
        Case(
            description: "an edit that mentions", type: "m.room.message",
            content: "{\"m.relates_to\":{\"rel_type\":\"m.replace\"},\(mention)}",
            actions: [.notify, .sound("default"), .highlight]),
        Case(description: "a topic", type: "m.room.topic", content: #"{"topic":"x"}"#, stateKey: "", actions: nil),
    ]

    @Test("each kind of event finds its rule", arguments: cases)
    private func rules(_ each: Case) throws {
        var scene = try Scene()
        scene.members = each.members
        if each.byCreator { try scene.room.powerLevels([:], users: [scene.room.bob: 50]) }
        #expect(scene.actions(try scene.event(each.type, each.content, stateKey: each.stateKey)) == each.actions)
    }

    @Test("the names and their order are the specification's, the master above all")
    func order() throws {
        let rules = PushRules()
        #expect(
            rules.rules(.override).map(\.id) == [
                ".m.rule.master", ".m.rule.suppress_notices", ".m.rule.invite_for_me", ".m.rule.member_event",
                ".m.rule.is_user_mention", ".m.rule.is_room_mention", ".m.rule.tombstone", ".m.rule.reaction",
                ".m.rule.room.server_acl", ".m.rule.suppress_edits",
            ])
        #expect(
            rules.rules(.underride).map(\.id) == [
                ".m.rule.call", ".m.rule.encrypted_room_one_to_one", ".m.rule.room_one_to_one", ".m.rule.message",
                ".m.rule.encrypted",
            ])
        for kind in [PushRuleKind.content, .room, .sender] { #expect(rules.rules(kind).isEmpty) }
        #expect(rules.inOrder.filter { !$0.isEnabled }.map(\.id) == [".m.rule.master"])
    }

    @Test("the master switches everything off, one's own rules too")
    func master() throws {
        let scene = try Scene()
        var rules = PushRules()
        try rules.put(
            .init("all", .override, parsing: try JSON(parsing: Array(#"{"actions":["notify"]}"#.utf8))), .override, at: nil)
        try rules.set(".m.rule.master", .override, enabled: true)
        #expect(rules.rules(.override).first?.id == ".m.rule.master")
        #expect(scene.actions(try scene.event("m.room.message", "{}"), rules) == [])
    }

    @Test("a rule of the server is written as the specification has it")
    func form() throws {
        var writer = JSONWriter()
        try PushRules().rule(".m.rule.is_user_mention", .override).append(to: &writer, for: UserID(parsing: "@alice:example.org"))
        #expect(
            try JSON(parsing: writer.bytes).canonical()
                == JSON(
                    parsing: Array(
                        #"""
                        {"actions":["notify",{"set_tweak":"sound","value":"default"},{"set_tweak":"highlight"}],
                        "conditions":[{"kind":"event_property_contains","key":"content.m\\.mentions.user_ids","value":"@alice:example.org"}],
                        "default":true,"enabled":true,"rule_id":".m.rule.is_user_mention"}
                        """#.utf8)
                ).canonical())
    }
}

@Suite("Conditions of push rules")
struct PushConditionTests {
    @Test(
        "each condition holds for what it names and for nothing else",
        arguments: [
            (#"{"kind":"event_match","key":"type","pattern":"m.room.*"}"#, true),
            (#"{"kind":"event_match","key":"content.topic","pattern":"lunc?*"}"#, true),
            (#"{"kind":"event_match","key":"content.body","pattern":"cake"}"#, true),
            (#"{"kind":"event_match","key":"content.body","pattern":"cak"}"#, false),
            (#"{"kind":"event_match","key":"content.absent","pattern":"*"}"#, false),
            (#"{"kind":"event_match","key":"content.number","pattern":"*"}"#, false),
            (#"{"kind":"event_match","key":"content.m\\.dotted.inner","pattern":"yes"}"#, true),
            (#"{"kind":"event_match","key":"content.m.dotted.inner","pattern":"yes"}"#, false),
            (#"{"kind":"event_match","key":"content","pattern":"*"}"#, false),
            (#"{"kind":"event_match","key":"sender","pattern":"@bob:*"}"#, true),
            (#"{"kind":"event_match","key":"room_id","pattern":"!room:example.org"}"#, true),
            (#"{"kind":"event_match","key":"room_id","pattern":"!other:example.org"}"#, false),
            (#"{"kind":"event_match","key":"state_key","pattern":"*"}"#, false),
            (#"{"kind":"event_match","key":"type"}"#, false),
            (#"{"kind":"event_property_is","key":"content.flag","value":true}"#, true),
            (#"{"kind":"event_property_is","key":"content.flag","value":"true"}"#, false),
            (#"{"kind":"event_property_is","key":"content.flag","value":1}"#, false),
            (#"{"kind":"event_property_is","key":"content.number","value":5}"#, true),
            (#"{"kind":"event_property_is","key":"content.nothing","value":null}"#, true),
            (#"{"kind":"event_property_is","key":"content.absent","value":null}"#, false),
            (#"{"kind":"event_property_is","key":"content.list","value":null}"#, false),
            (#"{"kind":"event_property_is","key":"content.body","value":"A Cake"}"#, true),
            (#"{"kind":"event_property_is","key":"content.body","value":"a cake"}"#, false),
            (#"{"kind":"event_property_contains","key":"content.list","value":"x"}"#, true),
            (#"{"kind":"event_property_contains","key":"content.list","value":"X"}"#, false),
            (#"{"kind":"event_property_contains","key":"content.list","value":2}"#, true),
            (#"{"kind":"event_property_contains","key":"content.body","value":"A Cake"}"#, false),
            (#"{"kind":"event_property_contains","key":"content.list","value":["x"]}"#, false),
            (#"{"kind":"room_member_count","is":"5"}"#, true), (#"{"kind":"room_member_count","is":"==5"}"#, true),
            (#"{"kind":"room_member_count","is":"<5"}"#, false), (#"{"kind":"room_member_count","is":"<=5"}"#, true),
            (#"{"kind":"room_member_count","is":">4"}"#, true), (#"{"kind":"room_member_count","is":">=6"}"#, false),
            (#"{"kind":"room_member_count","is":"=>5"}"#, false), (#"{"kind":"room_member_count","is":"+5"}"#, false),
            (#"{"kind":"room_member_count","is":""}"#, false), (#"{"kind":"room_member_count","is":5}"#, false),
            (#"{"kind":"sender_notification_permission","key":"room"}"#, false),
            (#"{"kind":"sender_notification_permission"}"#, false),
            (#"{"kind":"contains_display_name"}"#, false),
            (#"{"kind":"org.example.unheard_of"}"#, false),
        ] as [(String, Bool)])
    func conditions(_ condition: String, _ expected: Bool) throws {
        let scene = try Scene()
        let event = try scene.event(
            "m.room.topic",
            #"""
            {"topic":"Lunch plans","body":"A Cake","flag":true,"number":5,"nothing":null,"list":["x",2,["y"]],
            "m.dotted":{"inner":"yes"}}
            """#)
        #expect(try scene.holds(condition, event) == expected)
    }

    @Test("the display name is found as a word, with nothing in it being a wildcard")
    func displayName() throws {
        let scene = try Scene()
        let event = try scene.event("m.room.message", #"{"body":"hello ALICE, and A*"}"#)
        let condition = #"{"kind":"contains_display_name"}"#
        #expect(try scene.holds(condition, event, name: "Alice"))
        #expect(try scene.holds(condition, event, name: "a*"))
        #expect(try !scene.holds(condition, event, name: "h*"))
        #expect(try !scene.holds(condition, event, name: "Ali"))
        #expect(try !scene.holds(condition, event, name: ""))
        #expect(try !scene.holds(condition, event, name: nil))
    }

    @Test("the power to notify many is the room's to give")
    func permission() throws {
        var scene = try Scene()
        try scene.room.powerLevels(["notifications": ["room": 20]], users: [scene.room.bob: 20])
        let event = try scene.event("m.room.message", "{}")
        #expect(try scene.holds(#"{"kind":"sender_notification_permission","key":"room"}"#, event))
        #expect(try !scene.holds(#"{"kind":"sender_notification_permission","key":"other"}"#, event))
    }

    @Test("all conditions must hold, and a rule without any always matches")
    func several() throws {
        let scene = try Scene()
        let event = try scene.event("m.room.message", #"{"body":"cake"}"#)
        let type = #"{"kind":"event_match","key":"type","pattern":"m.room.message"}"#
        #expect(try scene.holds(type + #",{"kind":"event_match","key":"content.body","pattern":"cake"}"#, event))
        #expect(try !scene.holds(type + #",{"kind":"event_match","key":"content.body","pattern":"pie"}"#, event))
        #expect(try scene.holds("", event))
    }
}
