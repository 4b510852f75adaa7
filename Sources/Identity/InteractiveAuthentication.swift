import Audit
import Keys
import Matrix
import Storage

/// [User-interactive authentication](https://spec.matrix.org/v1.19/client-server-api/#user-interactive-authentication-api).
///
/// A session opens the one operation it was started for. Its parameters may change until the first stage is passed (some
/// clients first ask with half a request); after that a request that asks for something else is refused.
extension Accounts {
    /// The largest requests that are kept, in bytes.
    private static let largestOfPerson = 65_536
    private static let largestOfStranger = 8_192

    /// Reads a request to an operation that needs authentication. Its parameters are to be checked before
    /// ``authorise(_:session:from:)`` is called.
    /// - Throws: `M_BAD_JSON`, `M_TOO_LARGE`.
    package func interactiveRequest(
        _ body: JSON, for operation: InteractiveOperation, flows: [[AuthenticationStage]]
    ) throws -> InteractiveRequest {
        guard body.raw.count <= (operation.person == nil ? Self.largestOfStranger : Self.largestOfPerson) else {
            throw MatrixError.tooLarge("the request body is too large")
        }
        let auth = body["auth"].flatMap { $0.isNull ? nil : $0 }
        if let auth, auth.kind != .object { throw MatrixError.badJSON("auth must be an object") }
        var parameters = body
        if let auth, body.count == 1, let id = auth["session"]?.string,
            let session = interactive.session(id, at: time()), session.operation == operation
        {
            // The client asks again with nothing but its authentication: it means what it asked for first.
            parameters = session.parameters
        }
        return InteractiveRequest(
            parameters: parameters, operation: operation, flows: flows, auth: auth,
            fingerprint: InteractiveRequest.fingerprint(parameters))
    }

    /// Lets a request through whose stages are all passed.
    /// - Throws: ``InteractiveChallenge`` as long as something is missing or wrong; `M_FORBIDDEN` when the request asks for
    ///   something else than the stages were passed for; `M_LIMIT_EXCEEDED`.
    package func authorise(
        _ request: InteractiveRequest, session: Session?, from origin: Origin
    ) async throws -> Authorisation {
        let now = time()
        guard let auth = request.auth else {
            throw InteractiveChallenge(session: interactive.start(request, at: now), failure: nil)
        }
        let current = try self.current(request, auth, at: now)
        if let type = auth["type"], !type.isNull {
            guard let name = type.string else { throw MatrixError.badJSON("the type of auth must be a string") }
            guard let stage = AuthenticationStage(rawValue: name) else {
                throw InteractiveChallenge(session: current, failure: .unknown("this stage is not known", status: 401))
            }
            try await pass(stage, auth, in: current, session, from: origin)
        }
        guard let passed = interactive.consume(current.id) else {
            throw InteractiveChallenge(session: interactive.session(current.id, at: now) ?? current, failure: nil)
        }
        return Authorisation(passed)
    }

    /// Passes a stage on a page of this server, for clients that do not know the stage.
    /// - Throws: `M_NOT_FOUND` for an unknown session; `M_FORBIDDEN`; `M_LIMIT_EXCEEDED`.
    package func passOnPage(
        _ stage: AuthenticationStage, in id: String, user: String?, secret: String, from origin: Origin
    ) async throws {
        guard let current = interactive.session(id, at: time()) else {
            throw MatrixError.notFound("this authentication has run out; please begin again in your application")
        }
        guard !current.completed.contains(stage) else { return }
        guard current.expects(stage) else { throw MatrixError.forbidden("this stage is not asked for now") }
        let proof: StageProof?
        switch stage {
        case .password: proof = try await passwordProof(user, Secret(secret), current, from: origin)
        case .registrationToken: proof = try await tokenProof(secret, from: origin)
        case .dummy: proof = .dummy
        }
        guard let proof, interactive.pass(proof, in: id) != nil else { throw IdentityError.wrongCredentials }
    }

    /// Whether a page may be shown for a session.
    package func isAsked(_ stage: AuthenticationStage, in id: String) -> Bool {
        guard let session = interactive.session(id, at: time()) else { return false }
        return session.completed.contains(stage) || session.expects(stage)
    }

    private func current(_ request: InteractiveRequest, _ auth: JSON, at now: Int64) throws -> InteractiveSession {
        guard let given = auth["session"], !given.isNull else { return interactive.start(request, at: now) }
        guard let id = given.string else { throw MatrixError.badJSON("the session of auth must be a string") }
        guard let known = interactive.session(id, at: now) else {
            throw InteractiveChallenge(
                session: interactive.start(request, at: now), failure: .forbidden("this session is not known or has run out"))
        }
        guard known.operation == request.operation else {
            throw MatrixError.forbidden("this session was started for another operation")
        }
        guard known.fingerprint == request.fingerprint || interactive.rebind(id, request) else {
            throw MatrixError.forbidden("the request has changed since its authentication began")
        }
        return known
    }

    private func pass(
        _ stage: AuthenticationStage, _ auth: JSON, in current: InteractiveSession, _ session: Session?, from origin: Origin
    ) async throws {
        guard !current.completed.contains(stage) else { return }
        guard current.expects(stage) else {
            throw InteractiveChallenge(session: current, failure: .forbidden("this stage is not asked for now"))
        }
        let proof: StageProof?
        switch stage {
        case .dummy: proof = .dummy
        case .password:
            guard let password = auth["password"]?.string else { throw MatrixError.missingParam("password is missing") }
            proof = try await passwordProof(try Self.name(in: auth), Secret(password), current, from: origin)
        case .registrationToken:
            guard let token = auth["token"]?.string else { throw MatrixError.missingParam("token is missing") }
            proof = try await tokenProof(token, from: origin)
        }
        guard let proof, interactive.pass(proof, in: current.id) != nil else {
            let reason = stage == .password ? "the name or the password is wrong" : "the registration token is not valid"
            throw InteractiveChallenge(session: current, failure: .forbidden(reason))
        }
    }

    /// The name that an identifier gives, or the `user` of old clients; nil when there is none.
    /// - Throws: `M_BAD_JSON`, `M_FORBIDDEN` for identifiers of other kinds, which no account has.
    package static func name(in auth: JSON) throws(MatrixError) -> String? {
        guard let identifier = auth["identifier"], !identifier.isNull else {
            guard let user = auth["user"], !user.isNull else { return nil }
            guard let name = user.string else { throw .badJSON("user must be a string") }
            return name
        }
        guard identifier.kind == .object else { throw .badJSON("identifier must be an object") }
        if identifier["type"] == nil, identifier["medium"] != nil { throw .forbidden("the name or the password is wrong") }
        switch identifier["type"]?.string {
        case "m.id.user":
            guard let name = identifier["user"]?.string else { throw .missingParam("the identifier names no user") }
            return name
        case "m.id.thirdparty", "m.id.phone": throw .forbidden("the name or the password is wrong")
        case nil: throw .missingParam("the identifier has no type")
        default: throw .invalidParam("this kind of identifier is not known")
        }
    }

    private func passwordProof(
        _ name: String?, _ password: Secret, _ current: InteractiveSession, from origin: Origin
    ) async throws -> StageProof? {
        let expected = current.operation.person
        let name = try await fullName(name, expected)
        guard let name else { throw MatrixError.missingParam("the identifier is missing") }
        do {
            let proof = try await prove(name, password, from: origin)
            // Somebody else's password proves nothing about the person who asks.
            guard expected == nil || expected == proof.number else {
                throw MatrixError.forbidden("this is the name and password of somebody else")
            }
            return .password(proof.number)
        } catch IdentityError.wrongCredentials { return nil }
    }

    private func fullName(_ name: String?, _ expected: Int64?) async throws -> String? {
        guard name == nil, let expected else { return name }
        return try await store.read { tx in try tx.user(expected).rawValue }
    }

    private func tokenProof(_ token: String, from origin: Origin) async throws -> StageProof? {
        let now = time()
        let subjects: [Throttle.Subject] = [.address(origin.address)]
        try throttle.begin(subjects, at: now)
        let proof: StageProof? = try await store.read { tx in
            let tag = tx.tag(token, .registrationToken)
            guard let found = try RegistrationTokenQueries.token(tag, tx), found.isOpen(at: now) else { return nil }
            return .registrationToken(tag, remaining: found.usesAllowed.map { $0 - found.completed })
        }
        if proof != nil { throttle.succeeded(subjects) }
        return proof
    }
}
