import Testing

@testable import Matrix

/// One rule seen from one side: a scene that it accepts, or one that it refuses with its own sentence.
struct RuleCase: Sendable, CustomTestStringConvertible {
    let rule: String
    let versions: [RoomVersion]
    let refusal: String?
    let scene: @Sendable (inout TestRoom) throws -> EventDraft

    var testDescription: String { (refusal == nil ? "accepts " : "refuses ") + rule }

    static func accepts(
        _ rule: String, in versions: [RoomVersion] = RoomVersion.allCases,
        _ scene: @escaping @Sendable (inout TestRoom) throws -> EventDraft
    ) -> RuleCase {
        RuleCase(rule: rule, versions: versions, refusal: nil, scene: scene)
    }

    static func refuses(
        _ rule: String, saying refusal: String, in versions: [RoomVersion] = RoomVersion.allCases,
        _ scene: @escaping @Sendable (inout TestRoom) throws -> EventDraft
    ) -> RuleCase {
        RuleCase(rule: rule, versions: versions, refusal: refusal, scene: scene)
    }

    static let all = create + general + join + restricted + invite + thirdParty + leave + knock + levels + changes
}

@Suite("Authorisation rules")
struct AuthorizationRulesTests {
    @Test("every rule accepts what it allows and refuses the rest", arguments: RuleCase.all)
    func rule(_ ruleCase: RuleCase) throws {
        for version in ruleCase.versions {
            var room = try TestRoom(version)
            let draft = try ruleCase.scene(&room)
            #expect(refusal(of: draft, in: room, version) == ruleCase.refusal, "version \(version.rawValue)")
        }
    }

    @Test("a signed event is judged as its draft", arguments: RuleCase.all)
    func signed(_ ruleCase: RuleCase) throws {
        for version in ruleCase.versions {
            var room = try TestRoom(version)
            let draft = try ruleCase.scene(&room)
            let signer = try TestKey.signer(draft.sender.serverName.rawValue)
            // Some scenes are not even events of their version; signing refuses them before any rule does.
            guard let event = try? signer.sign(draft, version: version) else {
                #expect(ruleCase.refusal != nil)
                continue
            }
            #expect(refusal(of: event, in: room, version) == ruleCase.refusal, "version \(version.rawValue)")
            let parsed = try PDU(parsing: event.federation, version: version)
            #expect(refusal(of: parsed, in: room, version) == ruleCase.refusal, "version \(version.rawValue)")
        }
    }

    private func refusal(of event: some AuthorizableEvent, in room: TestRoom, _ version: RoomVersion) -> String? {
        do {
            try AuthorizationRules.check(event, state: room, version: version)
            return nil
        } catch {
            #expect(error.code == .forbidden)
            return error.message
        }
    }
}
