@testable import Matrix

/// The rules for leaving, removing and banning.
extension RuleCase {
    static let leave: [RuleCase] = [
        accepts("a member's leave") { try $0.membership("leave", of: $0.bob) },
        accepts("a refused invitation") {
            try $0.member($0.mallory, "invite")
            return try $0.membership("leave", of: $0.mallory)
        },
        accepts("a knock taken back") {
            try $0.member($0.mallory, "knock")
            return try $0.membership("leave", of: $0.mallory)
        },
        refuses("the leave of a stranger", saying: "you are not in the room") { try $0.membership("leave", of: $0.mallory) },
        refuses("a second leave", saying: "you are not in the room") {
            try $0.member($0.mallory, "leave")
            return try $0.membership("leave", of: $0.mallory)
        },
        refuses("a banned person who unbans himself", saying: "you are not in the room") {
            try $0.member($0.mallory, "ban")
            return try $0.membership("leave", of: $0.mallory)
        },
        refuses("a removal by a stranger", saying: "you are not in the room") {
            try $0.membership("leave", of: $0.bob, by: $0.mallory)
        },
        accepts("a removal of somebody below") {
            try $0.powerLevels([:], users: [$0.bob: 50])
            try $0.member($0.mallory, "join")
            return try $0.membership("leave", of: $0.mallory, by: $0.bob)
        },
        refuses("a removal below the kick level", saying: tooLowToRemove) {
            try $0.powerLevels([:], users: [$0.bob: 49])
            try $0.member($0.mallory, "join")
            return try $0.membership("leave", of: $0.mallory, by: $0.bob)
        },
        refuses("a removal of an equal", saying: tooLowToRemove) {
            try $0.powerLevels([:], users: [$0.bob: 50, $0.mallory: 50])
            try $0.member($0.mallory, "join")
            return try $0.membership("leave", of: $0.bob, by: $0.mallory)
        },
        refuses("a removal of somebody above", saying: tooLowToRemove) {
            try $0.powerLevels([:], users: [$0.bob: 60, $0.mallory: 50])
            try $0.member($0.mallory, "join")
            return try $0.membership("leave", of: $0.bob, by: $0.mallory)
        },
        accepts("an invitation withdrawn") {
            try $0.powerLevels([:], users: [$0.bob: 50])
            try $0.member($0.mallory, "invite")
            return try $0.membership("leave", of: $0.mallory, by: $0.bob)
        },
        accepts("an unban with the kick and the ban level") {
            try $0.powerLevels([:], users: [$0.bob: 50])
            try $0.member($0.mallory, "ban")
            return try $0.membership("leave", of: $0.mallory, by: $0.bob)
        },
        refuses("an unban below the ban level", saying: "your power level is too low to unban") {
            try $0.powerLevels(["ban": 60], users: [$0.bob: 50])
            try $0.member($0.mallory, "ban")
            return try $0.membership("leave", of: $0.mallory, by: $0.bob)
        },
        refuses("an unban below the kick level", saying: tooLowToRemove) {
            try $0.powerLevels(["ban": 40, "kick": 60], users: [$0.bob: 50])
            try $0.member($0.mallory, "ban")
            return try $0.membership("leave", of: $0.mallory, by: $0.bob)
        },
        refuses("a removal of the creator", saying: tooLowToRemove, in: [.v12]) {
            try $0.powerLevels([:], users: [$0.bob: 9_007_199_254_740_991])
            return try $0.membership("leave", of: $0.alice, by: $0.bob)
        },
        refuses("a removal of one creator by another", saying: tooLowToRemove, in: [.v12]) {
            try $0.create(["additional_creators": .array([.string($0.bob.rawValue)])])
            return try $0.membership("leave", of: $0.bob, by: $0.alice)
        },
        accepts("a removal of a creator who lost the power", in: [.v10, .v11]) {
            try $0.powerLevels([:], users: [$0.alice: 10, $0.bob: 50])
            return try $0.membership("leave", of: $0.alice, by: $0.bob)
        },
        accepts("a ban of somebody below") {
            try $0.powerLevels([:], users: [$0.bob: 50])
            return try $0.membership("ban", of: $0.mallory, by: $0.bob)
        },
        refuses("a ban by a stranger", saying: "you are not in the room") {
            try $0.membership("ban", of: $0.bob, by: $0.mallory)
        },
        refuses("a ban below the ban level", saying: tooLowToBan) {
            try $0.powerLevels([:], users: [$0.bob: 49])
            return try $0.membership("ban", of: $0.mallory, by: $0.bob)
        },
        refuses("a ban of an equal", saying: tooLowToBan) {
            try $0.powerLevels([:], users: [$0.bob: 50, $0.mallory: 50])
            return try $0.membership("ban", of: $0.mallory, by: $0.bob)
        },
        refuses("a ban of somebody above", saying: tooLowToBan) {
            try $0.powerLevels([:], users: [$0.bob: 50])
            return try $0.membership("ban", of: $0.alice, by: $0.bob)
        },
        refuses("a ban of the creator", saying: tooLowToBan, in: [.v12]) {
            try $0.powerLevels([:], users: [$0.bob: 9_007_199_254_740_991])
            return try $0.membership("ban", of: $0.alice, by: $0.bob)
        },
        refuses("a ban of oneself", saying: tooLowToBan) { try $0.membership("ban", of: $0.alice) },
    ]

    private static let tooLowToRemove = "your power level is too low to remove this person"
    private static let tooLowToBan = "your power level is too low to ban this person"
}
