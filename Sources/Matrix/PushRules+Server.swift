// The rules that everybody has until he says otherwise.
// [Predefined rules](https://spec.matrix.org/v1.19/client-server-api/#predefined-rules)
extension PushRules {
    /// The server's rule above all others, which switches everything off.
    static let master = PushRule(server: ".m.rule.master", isEnabled: false, [], [])

    /// The server's rules of a kind, which come after those of the person.
    static func server(_ kind: PushRuleKind) -> [PushRule] {
        switch kind {
        case .override: overrides
        case .underride: underrides
        case .content, .room, .sender: []
        }
    }

    private static let overrides: [PushRule] = [
        PushRule(server: ".m.rule.suppress_notices", [.match("content.msgtype", "m.notice")], []),
        PushRule(
            server: ".m.rule.invite_for_me",
            [.match("type", "m.room.member"), .match("content.membership", "invite"), .concernsReader],
            [.notify, .sound("default")]),
        PushRule(server: ".m.rule.member_event", [.match("type", "m.room.member")], []),
        PushRule(server: ".m.rule.is_user_mention", [.mentionsReader], [.notify, .sound("default"), .highlight]),
        PushRule(
            server: ".m.rule.is_room_mention",
            [.property(PropertyPath(#"content.m\.mentions.room"#), .bool(true)), .senderMayNotify("room")],
            [.notify, .highlight]),
        PushRule(
            server: ".m.rule.tombstone", [.match("type", "m.room.tombstone"), .match("state_key", "")], [.notify, .highlight]),
        PushRule(server: ".m.rule.reaction", [.match("type", "m.reaction")], []),
        PushRule(server: ".m.rule.room.server_acl", [.match("type", "m.room.server_acl"), .match("state_key", "")], []),
        PushRule(
            server: ".m.rule.suppress_edits",
            [.property(PropertyPath(#"content.m\.relates_to.rel_type"#), .text(Array("m.replace".utf8)))], []),
    ]

    private static let underrides: [PushRule] = [
        PushRule(server: ".m.rule.call", [.match("type", "m.call.invite")], [.notify, .sound("ring")]),
        PushRule(
            server: ".m.rule.encrypted_room_one_to_one", [.memberCount(.equal, 2), .match("type", "m.room.encrypted")],
            [.notify, .sound("default")]),
        PushRule(
            server: ".m.rule.room_one_to_one", [.memberCount(.equal, 2), .match("type", "m.room.message")],
            [.notify, .sound("default")]),
        PushRule(server: ".m.rule.message", [.match("type", "m.room.message")], [.notify]),
        PushRule(server: ".m.rule.encrypted", [.match("type", "m.room.encrypted")], [.notify]),
    ]
}

extension PushCondition {
    fileprivate static func match(_ key: String, _ pattern: String) -> PushCondition {
        .matches(PropertyPath(key), PushPattern(pattern))
    }
}
