import Access
import Audit
import HTTPSurface
import HTTPTypes
import Identity
import Matrix
import Rooms

extension ClientRoutes {
    /// A person's push rules.
    /// [Specification](https://spec.matrix.org/v1.19/client-server-api/#push-rules-api)
    static func pushRules(_ services: ClientServices) -> [Route] {
        let all = "/_matrix/client/v3/pushrules"
        let one = all + "/global/{kind}/{ruleId}"
        let actions = services.rooms.pushRules
        return [
            Route(.get, all, permission: .accountDataUse, audit: .reads) { _, session in
                let rules = try await actions.rules(of: session.requester.number)
                return .object { $0.memberObject("global") { rules.appendGlobal(to: &$0, for: session.user) } }
            },
            Route(.get, all + "/global", permission: .accountDataUse, audit: .reads) { _, session in
                let rules = try await actions.rules(of: session.requester.number)
                return .object { rules.appendGlobal(to: &$0, for: session.user) }
            },
            Route(.get, one, permission: .accountDataUse, audit: .reads) { exchange, session in
                let rule = try await rule(exchange, session, actions)
                var writer = JSONWriter()
                rule.append(to: &writer, for: session.user)
                return .json(writer.bytes)
            },
            Route(.put, one, permission: .accountDataUse, audit: .writes(.dataPushRuleSet)) { exchange, session in
                let (kind, id) = try ruleName(exchange)
                let rule = try PushRule(id, kind, parsing: try await exchange.body())
                let place = try place(exchange)
                try await actions.change(kind.rawValue, by: session.requester, at: exchange.now) { rules in
                    try rules.put(rule, kind, at: place)
                }
                return .empty
            },
            Route(.delete, one, permission: .accountDataUse, audit: .writes(.dataPushRuleSet)) { exchange, session in
                let (kind, id) = try ruleName(exchange)
                try await actions.change(target(kind, id), by: session.requester, at: exchange.now) { try $0.remove(id, kind) }
                return .empty
            },
        ] + pushRuleAttributes(one, actions)
    }

    private static func pushRuleAttributes(_ one: String, _ actions: PushRuleActions) -> [Route] {
        [
            Route(.get, one + "/enabled", permission: .accountDataUse, audit: .reads) { exchange, session in
                let rule = try await rule(exchange, session, actions)
                return .object { $0.member("enabled", rule.isEnabled) }
            },
            Route(.put, one + "/enabled", permission: .accountDataUse, audit: .writes(.dataPushRuleSet)) { exchange, session in
                let (kind, id) = try ruleName(exchange)
                guard let enabled = try await exchange.body().optionalBool("enabled") else {
                    throw MatrixError.missingParam("enabled is missing")
                }
                try await actions.change(target(kind, id), by: session.requester, at: exchange.now) { rules in
                    try rules.set(id, kind, enabled: enabled)
                }
                return .empty
            },
            Route(.get, one + "/actions", permission: .accountDataUse, audit: .reads) { exchange, session in
                let rule = try await rule(exchange, session, actions)
                return .object { $0.memberArray("actions") { list in rule.actions.forEach { $0.append(to: &list) } } }
            },
            Route(.put, one + "/actions", permission: .accountDataUse, audit: .writes(.dataPushRuleSet)) { exchange, session in
                let (kind, id) = try ruleName(exchange)
                let new = try PushAction.list(try await exchange.body()["actions"])
                try await actions.change(target(kind, id), by: session.requester, at: exchange.now) { rules in
                    try rules.set(id, kind, actions: new)
                }
                return .empty
            },
        ]
    }

    private static func rule(_ exchange: Exchange, _ session: Session, _ actions: PushRuleActions) async throws -> PushRule {
        let (kind, id) = try ruleName(exchange)
        return try await actions.rules(of: session.requester.number).rule(id, kind)
    }

    private static func ruleName(_ exchange: Exchange) throws(MatrixError) -> (kind: PushRuleKind, id: String) {
        guard let kind = PushRuleKind(rawValue: try exchange.path("kind")) else {
            throw .invalidParam("the kind must be override, content, room, sender or underride")
        }
        return (kind, try exchange.path("ruleId"))
    }

    private static func place(_ exchange: Exchange) throws(MatrixError) -> PushRules.Place? {
        // With both, `before` says where.
        let place = exchange.query("before").map(PushRules.Place.before) ?? exchange.query("after").map(PushRules.Place.after)
        if case .before(let other) = place, other.hasPrefix(".") { throw .invalidParam(besideServerRule) }
        if case .after(let other) = place, other.hasPrefix(".") { throw .invalidParam(besideServerRule) }
        return place
    }

    private static let besideServerRule = "a rule cannot be put beside one of the server's"

    /// What the audit log says of a rule: the name only of the server's own, since others may be words of a conversation.
    private static func target(_ kind: PushRuleKind, _ id: String) -> String {
        id.hasPrefix(".m.rule.") && id.utf8.count <= 64 ? "\(kind.rawValue)/\(id)" : kind.rawValue
    }
}
