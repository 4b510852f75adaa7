@testable import Matrix

/// The rules for `m.room.power_levels`.
extension RuleCase {
    private static let singles = ["users_default", "events_default", "state_default", "ban", "redact", "kick", "invite"]
    private static let maps = ["events", "notifications"]
    private static let stays = "a level above your power level stays as it is"
    private static let tooHigh = "nobody sets a level above the own"
    private static let keepsIt = "somebody whose power level is not below yours keeps it"
    private static let gives = "nobody gives a power level above the own"

    /// The form of the content.
    static let levels: [RuleCase] = singles.flatMap(forms) + maps.flatMap(mapForms) + userForms

    /// What somebody with 50 may change.
    static let changes: [RuleCase] = singles.flatMap(changes) + maps.flatMap(mapChanges) + userChanges

    private static func forms(of name: String) -> [RuleCase] {
        func refuses(_ kind: String, _ value: JSONValue) -> RuleCase {
            .refuses("\(kind) for \(name)", saying: "\(name) is not an integer") { room in
                try change(room, by: room.alice, room.levels([name: value]))
            }
        }
        return [
            refuses("a text", "50"), refuses("a truth", true), refuses("nothing", nil), refuses("a list", [50]),
            refuses("an object", [:]),
            accepts("an integer for \(name)") { room in try change(room, by: room.alice, room.levels([name: 7])) },
        ]
    }

    private static func mapForms(of name: String) -> [RuleCase] {
        func refuses(_ kind: String, _ value: JSONValue, _ refusal: String) -> RuleCase {
            .refuses("\(kind) for \(name)", saying: "\(name) \(refusal)") { room in
                try change(room, by: room.alice, room.levels([name: value]))
            }
        }
        return [
            refuses("a list", [1], "is not an object"), refuses("a number", 1, "is not an object"),
            refuses("nothing", nil, "is not an object"),
            refuses("an object with a text", ["room": 1, "other": "1"], "holds something that is not an integer"),
            refuses("an object with an object", ["room": [:]], "holds something that is not an integer"),
            accepts("\(name) of integers") { room in
                try change(room, by: room.alice, room.levels([name: ["room": 1, "other": -1]]))
            },
            accepts("an empty \(name)") { room in try change(room, by: room.alice, room.levels([name: [:]])) },
        ]
    }

    private static let userForms: [RuleCase] = [
        refuses("users that are no object", saying: "users is not an object") {
            try change($0, by: $0.alice, ["users": 1])
        },
        refuses("users with a text", saying: "users holds something that is not an integer") {
            try change($0, by: $0.alice, ["users": .object([$0.bob.rawValue: "50"])])
        },
        refuses("users with a key that is no user", saying: "users has a key that is not a user ID") {
            try change($0, by: $0.alice, ["users": ["bob": 50]])
        },
        accepts("no users at all") { try change($0, by: $0.alice, ["ban": 50]) },
        refuses("the creator among the users", saying: "creators are not listed in users", in: [.v12]) {
            try change($0, by: $0.alice, $0.levels([:], users: [$0.alice: 100]))
        },
        refuses("an additional creator among the users", saying: "creators are not listed in users", in: [.v12]) {
            try $0.create(["additional_creators": .array([.string($0.bob.rawValue)])])
            return try change($0, by: $0.alice, $0.levels([:], users: [$0.bob: 100]))
        },
        refuses("the creator among the users of the first", saying: "creators are not listed in users", in: [.v12]) {
            $0.remove(EventType.powerLevels)
            return try change($0, by: $0.alice, $0.levels([:], users: [$0.alice: 100]))
        },
        accepts("the creator among the users where he has no privilege", in: [.v10, .v11]) {
            try change($0, by: $0.alice, $0.levels([:], users: [$0.alice: 100]))
        },
        accepts("the first power levels, whatever they say") {
            $0.remove(EventType.powerLevels)
            return try change($0, by: $0.alice, $0.levels(["ban": 1000], users: [$0.bob: 1000]))
        },
        refuses("power levels below the level of their type", saying: "your power level is too low for this event") {
            try $0.powerLevels(["events": ["m.room.power_levels": 100]], users: [$0.bob: 99])
            return try change($0, by: $0.bob, $0.levels([:], users: [$0.bob: 99]))
        },
    ]

    private static func changes(of name: String) -> [RuleCase] {
        var cases = [
            accepts("a change of \(name) up to the own level") { try bob(&$0, from: [name: 40], to: [name: 50]) },
            refuses("a change of \(name) from above", saying: stays) { try bob(&$0, from: [name: 60], to: [name: 50]) },
            refuses("a change of \(name) to above", saying: tooHigh) { try bob(&$0, from: [name: 40], to: [name: 51]) },
            refuses("the removal of a \(name) above", saying: stays) { try bob(&$0, from: [name: 60], to: [:]) },
            accepts("the removal of a \(name) below") { try bob(&$0, from: [name: 0], to: [:]) },
            refuses("an added \(name) above", saying: tooHigh) { try bob(&$0, from: [:], to: [name: 51]) },
            accepts("an added \(name) at the own level") { try bob(&$0, from: [:], to: [name: 50]) },
        ]
        cases.append(
            accepts("a \(name) above that stays") { try bob(&$0, from: [name: 60, "x": 1], to: [name: 60, "x": 2]) })
        return cases
    }

    private static func mapChanges(of map: String) -> [RuleCase] {
        @Sendable func change(_ key: String, _ level: Int64) -> [String: JSONValue] { [map: .object([key: .int(level)])] }
        let empty: [String: JSONValue] = [map: .object([:])]
        let two: [String: JSONValue] = [map: .object(["a": 60, "b": 2])]
        return [
            accepts("a change in \(map) up to the own level") { try bob(&$0, from: change("a", 1), to: change("a", 50)) },
            refuses("a change in \(map) from above", saying: stays) {
                try bob(&$0, from: change("a", 60), to: change("a", 50))
            },
            refuses("a change in \(map) to above", saying: tooHigh) {
                try bob(&$0, from: change("a", 1), to: change("a", 51))
            },
            refuses("a removal in \(map) above", saying: stays) { try bob(&$0, from: change("a", 60), to: empty) },
            refuses("a removal of \(map) with one above", saying: stays) { try bob(&$0, from: change("a", 60), to: [:]) },
            accepts("a removal in \(map) below") { try bob(&$0, from: change("a", 50), to: empty) },
            refuses("an addition to \(map) above", saying: tooHigh) { try bob(&$0, from: [:], to: change("a", 51)) },
            accepts("an addition to \(map) at the own level") { try bob(&$0, from: [:], to: change("a", 50)) },
            accepts("an entry of \(map) above that stays") { try bob(&$0, from: change("a", 60), to: two) },
            refuses("an entry of \(map) spelled with other code points", saying: stays) {
                try bob(&$0, from: change("\u{E9}", 60), to: change("e\u{301}", 60))
            },
        ]
    }

    private static let userChanges: [RuleCase] = [
        accepts("a change of somebody below") { try bob(&$0, others: 40, to: 50) },
        refuses("a demotion of an equal", saying: keepsIt) { try bob(&$0, others: 50, to: 0) },
        refuses("a demotion of somebody above", saying: keepsIt) { try bob(&$0, others: 60, to: 0) },
        refuses("the removal of an equal", saying: keepsIt) { try bob(&$0, others: 50, to: nil) },
        accepts("the removal of somebody below") { try bob(&$0, others: 49, to: nil) },
        refuses("a promotion above the own level", saying: gives) { try bob(&$0, others: 0, to: 51) },
        accepts("a promotion to the own level") { try bob(&$0, others: nil, to: 50) },
        refuses("an addition above the own level", saying: gives) { try bob(&$0, others: nil, to: 51) },
        accepts("an equal who stays") { try bob(&$0, others: 50, to: 50) },
        accepts("a demotion of oneself") {
            try $0.powerLevels([:], users: [$0.bob: 50])
            return try change($0, by: $0.bob, $0.levels([:], users: [$0.bob: 10]))
        },
        accepts("the removal of the own entry") {
            try $0.powerLevels([:], users: [$0.bob: 50])
            return try change($0, by: $0.bob, $0.levels([:]))
        },
        refuses("a promotion of oneself", saying: gives) {
            try $0.powerLevels([:], users: [$0.bob: 50])
            return try change($0, by: $0.bob, $0.levels([:], users: [$0.bob: 100]))
        },
        accepts("anything from a creator", in: [.v12]) {
            try $0.powerLevels(["ban": 9_007_199_254_740_991], users: [$0.bob: 9_007_199_254_740_991])
            return try change($0, by: $0.alice, $0.levels(["kick": 9_007_199_254_740_991]))
        },
        refuses("the removal of what a creator set above", saying: stays, in: [.v10, .v11]) {
            try $0.powerLevels(["ban": 101])
            return try change($0, by: $0.alice, $0.levels([:]))
        },
    ]

    private static func change(_ room: TestRoom, by sender: UserID, _ content: JSONValue) throws -> EventDraft {
        try room.draft(EventType.powerLevels, "", by: sender, content)
    }

    /// Bob, who has 50, changes the levels from one content to another.
    private static func bob(
        _ room: inout TestRoom, from old: [String: JSONValue], to new: [String: JSONValue]
    ) throws -> EventDraft {
        let enough: [String: JSONValue] = ["m.room.power_levels": 50]
        try room.powerLevels(merging(old, events: enough), users: [room.bob: 50])
        return try change(room, by: room.bob, room.levels(merging(new, events: enough), users: [room.bob: 50]))
    }

    private static func merging(_ content: [String: JSONValue], events: [String: JSONValue]) -> [String: JSONValue] {
        var content = content
        var merged = events
        if case .object(let members) = content["events"] { merged.merge(members) { first, _ in first } }
        content["events"] = .object(merged)
        return content
    }

    /// Bob, who has 50, changes mallory's level.
    private static func bob(_ room: inout TestRoom, others old: Int64?, to new: Int64?) throws -> EventDraft {
        var before: [UserID: Int64] = [room.bob: 50]
        before[room.mallory] = old
        var after: [UserID: Int64] = [room.bob: 50]
        after[room.mallory] = new
        try room.powerLevels([:], users: before)
        return try change(room, by: room.bob, room.levels([:], users: after))
    }
}
