@testable import Matrix

/// The rules for joins and knocks.
extension RuleCase {
    static let join: [RuleCase] = [
        refuses("a membership without a state key", saying: "a membership needs a state key and a membership") {
            try $0.draft(EventType.member, by: $0.bob, ["membership": "join"])
        },
        refuses("a member event without a membership", saying: "a membership needs a state key and a membership") {
            try $0.draft(EventType.member, $0.bob.rawValue, by: $0.bob)
        },
        refuses("a membership nobody knows", saying: "this membership is not known") {
            try $0.membership("owner", of: $0.bob)
        },
        refuses("a membership that is no text", saying: "this membership is not known") {
            try $0.membership(1, of: $0.bob)
        },
        refuses("a membership of nobody", saying: "a membership is about a user") {
            try $0.draft(EventType.member, "bob", by: $0.alice, ["membership": "invite"])
        },
        accepts("the creator's first join") {
            $0.remove(EventType.member, $0.alice.rawValue)
            return try $0.membership("join", of: $0.alice, prevEvents: [$0.eventID(of: EventType.create)])
        },
        refuses("somebody else's first join", saying: "you are not invited to the room") {
            try $0.membership("join", of: $0.mallory, prevEvents: [$0.eventID(of: EventType.create)])
        },
        refuses("a creator's later join without an invitation", saying: "you are not invited to the room") {
            $0.remove(EventType.member, $0.alice.rawValue)
            return try $0.membership("join", of: $0.alice)
        },
        refuses("a creator's join after the create event and more", saying: "you are not invited to the room") {
            $0.remove(EventType.member, $0.alice.rawValue)
            return try $0.membership(
                "join", of: $0.alice, prevEvents: [$0.eventID(of: EventType.create), TestRoom.eventID(5)])
        },
        accepts("the first join of the creator that the content names", in: [.v10]) {
            try $0.create(["creator": .string($0.mallory.rawValue)])
            return try $0.membership("join", of: $0.mallory, prevEvents: [$0.eventID(of: EventType.create)])
        },
        refuses(
            "the first join of a creator that only the content names", saying: "you are not invited to the room",
            in: [.v11, .v12]
        ) {
            try $0.create(["creator": .string($0.mallory.rawValue)])
            return try $0.membership("join", of: $0.mallory, prevEvents: [$0.eventID(of: EventType.create)])
        },
        refuses(
            "the first join of an additional creator", saying: "you are not invited to the room", in: [.v12]
        ) {
            try $0.create(["additional_creators": .array([.string($0.mallory.rawValue)])])
            return try $0.membership("join", of: $0.mallory, prevEvents: [$0.eventID(of: EventType.create)])
        },
        refuses("a join for somebody else", saying: "you can only join for yourself") {
            try $0.joinRule("public")
            return try $0.membership("join", of: $0.mallory, by: $0.bob)
        },
        refuses("the join of a banned person", saying: "you are banned from the room") {
            try $0.joinRule("public")
            try $0.member($0.mallory, "ban")
            return try $0.membership("join", of: $0.mallory)
        },
        accepts("the join of an invited person") {
            try $0.member($0.mallory, "invite")
            return try $0.membership("join", of: $0.mallory)
        },
        accepts("a second join, which changes the profile") { try $0.membership("join", of: $0.bob, ["displayname": "Bob"]) },
        refuses("the join of a stranger to an invite room", saying: "you are not invited to the room") {
            try $0.membership("join", of: $0.mallory)
        },
        refuses("the return of somebody who left an invite room", saying: "you are not invited to the room") {
            try $0.member($0.mallory, "leave")
            return try $0.membership("join", of: $0.mallory)
        },
        accepts("an invited person where knocking is the rule") {
            try $0.joinRule("knock")
            try $0.member($0.mallory, "invite")
            return try $0.membership("join", of: $0.mallory)
        },
        refuses("a person who only knocked", saying: "you are not invited to the room") {
            try $0.joinRule("knock")
            try $0.member($0.mallory, "knock")
            return try $0.membership("join", of: $0.mallory)
        },
        accepts("anybody in a public room") {
            try $0.joinRule("public")
            return try $0.membership("join", of: $0.mallory)
        },
        refuses("everybody in a private room", saying: "nobody can join the room") {
            try $0.joinRule("private")
            try $0.member($0.mallory, "invite")
            return try $0.membership("join", of: $0.mallory)
        },
        refuses("everybody under a rule nobody knows", saying: "nobody can join the room") {
            try $0.joinRule("org.mallory.open")
            return try $0.membership("join", of: $0.mallory)
        },
        refuses("everybody under a rule that is no text", saying: "nobody can join the room") {
            try $0.set(EventType.joinRules, to: ["join_rule": 1])
            return try $0.membership("join", of: $0.mallory)
        },
        refuses("a stranger where no rule was set", saying: "you are not invited to the room") {
            $0.remove(EventType.joinRules)
            return try $0.membership("join", of: $0.mallory)
        },
        accepts("an invited person where no rule was set") {
            $0.remove(EventType.joinRules)
            try $0.member($0.mallory, "invite")
            return try $0.membership("join", of: $0.mallory)
        },
    ]

    static let restricted: [RuleCase] =
        ["restricted", "knock_restricted"].flatMap { rule in
            [
                accepts("an invited person, \(rule)") {
                    try $0.joinRule(rule)
                    try $0.member($0.mallory, "invite")
                    return try $0.membership("join", of: $0.mallory)
                },
                accepts("a member again, \(rule)") {
                    try $0.joinRule(rule)
                    return try $0.membership("join", of: $0.bob)
                },
                accepts("a join that a member authorises, \(rule)") {
                    try $0.joinRule(rule)
                    return try $0.membership("join", of: $0.mallory, authorised(by: $0.bob))
                },
                refuses("a join that nobody authorises, \(rule)", saying: unauthorised) {
                    try $0.joinRule(rule)
                    return try $0.membership("join", of: $0.mallory)
                },
                refuses("a join that a stranger authorises, \(rule)", saying: unauthorised) {
                    try $0.joinRule(rule)
                    return try $0.membership("join", of: $0.mallory, authorised(by: $0.mallory))
                },
                refuses("a join authorised by somebody who left, \(rule)", saying: unauthorised) {
                    try $0.joinRule(rule)
                    try $0.member($0.bob, "leave")
                    return try $0.membership("join", of: $0.mallory, authorised(by: $0.bob))
                },
                refuses("a join authorised by somebody who may not invite, \(rule)", saying: unauthorised) {
                    try $0.joinRule(rule)
                    try $0.powerLevels(["invite": 50], users: [$0.bob: 49])
                    return try $0.membership("join", of: $0.mallory, authorised(by: $0.bob))
                },
                accepts("a join authorised by a creator whatever inviting takes, \(rule)", in: [.v12]) {
                    try $0.joinRule(rule)
                    try $0.powerLevels(["invite": 1000])
                    return try $0.membership("join", of: $0.mallory, authorised(by: $0.alice))
                },
                refuses("the authorised join of a banned person, \(rule)", saying: "you are banned from the room") {
                    try $0.joinRule(rule)
                    try $0.member($0.mallory, "ban")
                    return try $0.membership("join", of: $0.mallory, authorised(by: $0.bob))
                },
            ]
        } + [
            refuses("an authorised join that the authoriser's server did not sign", saying: unsigned) {
                try $0.joinRule("restricted")
                try $0.member($0.stranger, "join")
                return try $0.membership("join", of: $0.mallory, authorised(by: $0.stranger))
            },
            refuses("an unsigned authorisation in any membership", saying: unsigned) {
                try $0.membership("leave", of: $0.bob, authorised(by: $0.stranger))
            },
            refuses("an authoriser who is no user", saying: unsigned) {
                try $0.joinRule("restricted")
                return try $0.membership("join", of: $0.mallory, ["join_authorised_via_users_server": true])
            },
        ]

    static let knock: [RuleCase] =
        [
            accepts("a knock where knocking is the rule") {
                try $0.joinRule("knock")
                return try $0.membership("knock", of: $0.mallory)
            },
            accepts("a knock at a room that is restricted too") {
                try $0.joinRule("knock_restricted")
                return try $0.membership("knock", of: $0.mallory)
            },
            accepts("a knock of somebody who left") {
                try $0.joinRule("knock")
                try $0.member($0.mallory, "leave")
                return try $0.membership("knock", of: $0.mallory)
            },
            accepts("a second knock") {
                try $0.joinRule("knock")
                try $0.member($0.mallory, "knock")
                return try $0.membership("knock", of: $0.mallory)
            },
            refuses("a knock for somebody else", saying: "you can only knock for yourself") {
                try $0.joinRule("knock")
                return try $0.membership("knock", of: $0.mallory, by: $0.bob)
            },
            refuses("the knock of a banned person", saying: "you are banned from the room") {
                try $0.joinRule("knock")
                try $0.member($0.mallory, "ban")
                return try $0.membership("knock", of: $0.mallory)
            },
            refuses("the knock of an invited person", saying: "you are invited already") {
                try $0.joinRule("knock")
                try $0.member($0.mallory, "invite")
                return try $0.membership("knock", of: $0.mallory)
            },
            refuses("the knock of a member", saying: "you are in the room already") {
                try $0.joinRule("knock")
                return try $0.membership("knock", of: $0.bob)
            },
        ]
        + ["invite", "public", "private", "restricted"].map { rule in
            refuses("a knock where the rule is \(rule)", saying: "the room takes no knocks") {
                try $0.joinRule(rule)
                return try $0.membership("knock", of: $0.mallory)
            }
        }

    private static let unauthorised = "nobody who may invite has authorised the join"
    private static let unsigned = "the server that authorises the join has not signed it"

    private static func authorised(by user: UserID) -> [String: JSONValue] {
        ["join_authorised_via_users_server": .string(user.rawValue)]
    }
}
