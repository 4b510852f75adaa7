import Audit
import Identity
import Matrix
import Testing

@Suite("User-interactive authentication")
struct InteractiveTests {
    struct Told: Sendable {
        let session: String
        let errcode: String?
        let completed: [String]
        let stages: [[String]]
    }

    private func ask(
        _ house: House, _ body: String, as session: Session? = nil, operation: String = "POST /test",
        flows: [[AuthenticationStage]] = [[.password]]
    ) async throws -> Result<Authorisation, ToldError> {
        let request = try house.accounts.interactiveRequest(
            try parsed(body), for: InteractiveOperation(operation, session), flows: flows)
        do {
            return .success(try await house.accounts.authorise(request, session: session, from: House.here))
        } catch let challenge as InteractiveChallenge {
            let answer = try JSON(parsing: challenge.body)
            return .failure(
                ToldError(
                    told: Told(
                        session: try #require(answer["session"]?.string), errcode: answer["errcode"]?.string,
                        completed: answer["completed"]?.elements.compactMap(\.string) ?? [],
                        stages: answer["flows"]?.elements.map { $0["stages"]?.elements.compactMap(\.string) ?? [] } ?? [])))
        }
    }

    struct ToldError: Error { let told: Told }

    private func told(_ result: Result<Authorisation, ToldError>) throws -> Told {
        guard case .failure(let error) = result else {
            throw ToldError(told: Told(session: "", errcode: "passed", completed: [], stages: []))
        }
        return error.told
    }

    private func stage(_ session: String, password: String = "quiet lantern over the harbour", user: String = "alice") -> String {
        #""auth":{"type":"m.login.password","session":"\#(session)","password":"\#(password)","identifier":{"type":"m.id.user","user":"\#(user)"}}"#
    }

    @Test("the first answer tells the flows and a session, and no errcode")
    func first() async throws {
        let house = try House()
        let answer = try told(try await ask(house, "{}"))
        #expect(answer.stages == [["m.login.password"]])
        #expect(answer.errcode == nil && answer.completed.isEmpty && !answer.session.isEmpty)
    }

    @Test("the password passes, once")
    func passes() async throws {
        let house = try House()
        let alice = try await house.person("alice")
        let session = try await house.session(alice.tokens.access)
        let id = try told(try await ask(house, #"{"a":1}"#, as: session)).session
        let passed = try (try await ask(house, #"{"a":1,\#(stage(id))}"#, as: session)).get()
        #expect(passed.person == session.requester.number)
        let again = try told(try await ask(house, #"{"a":1,"auth":{"session":"\#(id)"}}"#, as: session))
        #expect(again.session != id && again.errcode == "M_FORBIDDEN")
    }

    @Test("a wrong password gets another try in the same session")
    func wrong() async throws {
        let house = try House()
        let alice = try await house.person("alice")
        let session = try await house.session(alice.tokens.access)
        let id = try told(try await ask(house, "{}", as: session)).session
        let answer = try told(try await ask(house, "{\(stage(id, password: "wrong one"))}", as: session))
        #expect(answer.session == id && answer.errcode == "M_FORBIDDEN")
        _ = try (try await ask(house, "{\(stage(id))}", as: session)).get()
    }

    @Test("somebody else's password proves nothing")
    func somebodyElse() async throws {
        let house = try House()
        try await house.person("alice")
        let mallory = try await house.session(try await house.person("mallory").tokens.access)
        let id = try told(try await ask(house, "{}", as: mallory)).session
        let refused = await #expect(throws: MatrixError.self) {
            try await ask(house, "{\(stage(id, user: "alice"))}", as: mallory).get()
        }
        #expect(refused?.status == 403 && refused?.code == .forbidden)
        // The session goes on, for the right person.
        _ = try (try await ask(house, "{\(stage(id, user: "mallory"))}", as: mallory)).get()
    }

    @Test("a session opens no other operation and belongs to who began it")
    func bound() async throws {
        let house = try House()
        let alice = try await house.session(try await house.person("alice").tokens.access)
        let id = try told(try await ask(house, "{}", as: alice)).session
        for (session, operation) in [(alice as Session?, "POST /other"), (nil, "POST /test")] {
            #expect(
                await House.errcode {
                    _ = try await ask(house, "{\(stage(id))}", as: session, operation: operation)
                } == "M_FORBIDDEN")
        }
    }

    @Test("after a stage was passed the request stays what it is; before, it may change")
    func parameters() async throws {
        let house = try House()
        let flows: [[AuthenticationStage]] = [[.dummy, .password]]
        let alice = try await house.session(try await house.person("alice").tokens.access)
        let id = try told(try await ask(house, #"{"a":1}"#, as: alice, flows: flows)).session
        let half = try told(
            try await ask(
                house, #"{"a":2,"auth":{"type":"m.login.dummy","session":"\#(id)"}}"#, as: alice, flows: flows))
        #expect(half.completed == ["m.login.dummy"] && half.errcode == nil)
        #expect(
            await House.errcode {
                _ = try await ask(house, #"{"a":3,\#(stage(id))}"#, as: alice, flows: flows)
            } == "M_FORBIDDEN")
        _ = try (try await ask(house, #"{\#(stage(id)),"a":2}"#, as: alice, flows: flows)).get()
    }

    @Test("stages come in their order, and a passed one is not asked again")
    func order() async throws {
        let house = try House()
        let flows: [[AuthenticationStage]] = [[.dummy, .password]]
        let alice = try await house.session(try await house.person("alice").tokens.access)
        let id = try told(try await ask(house, "{}", as: alice, flows: flows)).session
        #expect(try told(try await ask(house, "{\(stage(id))}", as: alice, flows: flows)).errcode == "M_FORBIDDEN")
        let dummy = #"{"auth":{"type":"m.login.dummy","session":"\#(id)"}}"#
        for _ in 0..<2 {
            let answer = try told(try await ask(house, dummy, as: alice, flows: flows))
            #expect(answer.completed == ["m.login.dummy"] && answer.errcode == nil)
        }
    }

    @Test("an unknown stage or session is answered with 401 and goes on")
    func unknown() async throws {
        let house = try House()
        let id = try told(try await ask(house, "{}")).session
        let answer = try told(try await ask(house, #"{"auth":{"type":"org.example.mind","session":"\#(id)"}}"#))
        #expect(answer.session == id && answer.errcode != nil)
        let fresh = try told(try await ask(house, #"{"auth":{"type":"m.login.dummy","session":"made up"}}"#))
        #expect(fresh.session != "made up")
    }

    @Test("a session runs out after ten minutes")
    func expiry() async throws {
        let house = try House()
        let alice = try await house.session(try await house.person("alice").tokens.access)
        let id = try told(try await ask(house, "{}", as: alice)).session
        house.clock.advance(600_000)
        let answer = try told(try await ask(house, "{\(stage(id))}", as: alice))
        #expect(answer.session != id && answer.errcode == "M_FORBIDDEN")
    }

    @Test("a stage passed on the page counts, and the request may then be just the session")
    func page() async throws {
        let house = try House()
        let alice = try await house.session(try await house.person("alice").tokens.access)
        let id = try told(try await ask(house, #"{"new":"thing"}"#, as: alice)).session
        #expect(house.accounts.isAsked(.password, in: id) && !house.accounts.isAsked(.dummy, in: id))
        await #expect(throws: IdentityError.wrongCredentials) {
            try await house.accounts.passOnPage(.password, in: id, user: nil, secret: "wrong one", from: House.here)
        }
        try await house.accounts.passOnPage(
            .password, in: id, user: nil, secret: "quiet lantern over the harbour", from: House.here)
        let request = try house.accounts.interactiveRequest(
            try parsed(#"{"auth":{"session":"\#(id)"}}"#), for: InteractiveOperation("POST /test", alice), flows: [[.password]])
        #expect(request.parameters["new"]?.string == "thing")
        _ = try await house.accounts.authorise(request, session: alice, from: House.here)
    }

    @Test("of fifty who finish one session at once one gets through")
    func parallel() async throws {
        let house = try House()
        let id = try told(try await ask(house, "{}", flows: [[.dummy]])).session
        let passed = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    let body = #"{"auth":{"type":"m.login.dummy","session":"\#(id)"}}"#
                    guard let result = try? await ask(house, body, flows: [[.dummy]]), case .success = result else {
                        return false
                    }
                    return true
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(passed == 1)
    }
}
