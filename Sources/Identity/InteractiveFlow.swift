import Audit
import Crypto
import Matrix

/// A stage of [user-interactive authentication](https://spec.matrix.org/v1.19/client-server-api/#authentication-types).
package enum AuthenticationStage: String, Sendable, CaseIterable {
    /// The account's password.
    case password = "m.login.password"
    /// Nothing.
    case dummy = "m.login.dummy"
    /// A registration token.
    case registrationToken = "m.login.registration_token"
}

/// What an authentication is for: it opens this and nothing else.
package struct InteractiveOperation: Sendable, Hashable {
    /// Method and path.
    let name: String
    /// Whose session asks.
    let person: Int64?

    /// An operation, asked for by a session or by somebody without one.
    package init(_ name: String, _ session: Session?) {
        self.name = name
        person = session?.requester.number
    }
}

/// A request to an operation that needs authentication, with the parameters that count.
package struct InteractiveRequest: Sendable {
    /// The parameters: those of this request, or those of the first one where this one only names its session.
    package let parameters: JSON
    /// Whether the request tries to pass a stage, rather than only asking what there is.
    package var isAttempt: Bool { auth != nil }
    let operation: InteractiveOperation
    let flows: [[AuthenticationStage]]
    let auth: JSON?
    let fingerprint: [UInt8]

    /// Equal for requests that ask for the same, whatever their `auth` says.
    static func fingerprint(_ parameters: JSON) -> [UInt8] {
        var hash = SHA256()
        for member in parameters.members.filter({ $0.key != "auth" }).sorted(by: { $0.key < $1.key }) {
            hash.update(data: Array(member.key.utf8) + [0])
            hash.update(data: Array(member.value.raw) + [0])
        }
        return Array(hash.finalize())
    }
}

/// Proof that all stages of a flow were passed. Only ``Accounts`` can make one.
package struct Authorisation: Sendable {
    /// Whose password was shown, where a flow asked for one.
    package let person: Int64?
    /// The tag of the registration token that was shown.
    let registrationToken: [UInt8]?

    init(_ session: InteractiveSession) {
        person = session.person
        registrationToken = session.registrationToken
    }
}

/// The answer that asks for (more) authentication: status 401 with flows, parameters and session.
package struct InteractiveChallenge: Error, Sendable {
    let session: InteractiveSession
    let failure: MatrixError?

    /// The body of the answer.
    package var body: [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            if let failure {
                writer.member("errcode", failure.code.rawValue)
                writer.member("error", failure.message)
            }
            if !session.completed.isEmpty {
                writer.memberArray("completed") { list in
                    for stage in session.completed { list.string(stage.rawValue) }
                }
            }
            writer.memberArray("flows") { list in
                for flow in session.flows {
                    list.object { $0.memberArray("stages") { stages in flow.forEach { stages.string($0.rawValue) } } }
                }
            }
            writer.memberObject("params") { _ in }
            writer.member("session", session.id)
        }
        return writer.bytes
    }
}
