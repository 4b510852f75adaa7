import Audit
import EndToEnd
import Matrix
import Rooms
import Storage
import TestHouse
import Testing

@testable import Sync

@Suite("What sync tells a device itself")
struct SyncDeviceTests {
    private func send(_ number: Int, to bob: Requester, by alice: Requester, _ house: SyncHouse) async throws {
        let json = #"{"\#(bob.user)":{"phone":{"n":\#(number)}}}"#
        let messages = try DeviceMessages("m.test", parsing: JSON(parsing: Array(json.utf8)))
        try await house.keys.send(messages, transaction: "t\(number)", by: alice, at: house.now)
    }

    private func answer(_ request: SyncRequest, _ engine: SyncEngine) async throws -> (body: JSON, next: SyncToken) {
        let body = try JSON(parsing: try await engine.sync(request))
        return (body, try SyncToken(parsing: try #require(body["next_batch"]?.string)))
    }

    private func numbers(_ body: JSON) -> [Int64] {
        body["to_device"]?["events"]?.elements.compactMap { $0["content"]?["n"]?.int } ?? []
    }

    private func following(_ token: SyncToken, _ requester: Requester) -> SyncRequest {
        var request = SyncRequest(by: requester)
        request.since = token.mark
        request.messages = token.messages
        return request
    }

    @Test("a hundred messages at a time; the token says how far they reach")
    func pages() async throws {
        let house = try SyncHouse()
        let (alice, bob) = (try await house.person("alice"), try await house.person("bob"))
        for number in 0..<120 { try await send(number, to: bob, by: alice, house) }
        let first = try await answer(SyncRequest(by: bob), house.sync)
        #expect(numbers(first.body) == Array(0..<100) && first.next.messages < first.next.mark.position)
        let second = try await answer(following(first.next, bob), house.sync)
        #expect(numbers(second.body) == Array(100..<120) && second.next.messages == second.next.mark.position)
        let third = try await answer(following(second.next, bob), house.sync)
        #expect(numbers(third.body).isEmpty)
    }

    @Test("after a restart the token still acknowledges, and what it does not cover comes again")
    func restart() async throws {
        let house = try SyncHouse()
        let (alice, bob) = (try await house.person("alice"), try await house.person("bob"))
        for number in 0..<3 { try await send(number, to: bob, by: alice, house) }
        let before = try await answer(SyncRequest(by: bob), house.sync)
        try await send(3, to: bob, by: alice, house)
        let engine = try await house.restarted()
        let after = try await answer(following(before.next, bob), engine)
        #expect(numbers(after.body) == [3])
        let left = try await house.store.read { tx in try tx.first("SELECT count(*) FROM device_messages")?.int(0) }
        #expect(left == 1)
    }

    @Test("an acknowledgement without messages touches nothing")
    func idle() async throws {
        let house = try SyncHouse()
        let bob = try await house.person("bob")
        let first = try await answer(SyncRequest(by: bob), house.sync)
        _ = try await answer(following(first.next, bob), house.sync)
        let position = try await house.store.read { try $0.position() }
        _ = try await answer(following(first.next, bob), house.sync)
        #expect(try await house.store.read { try $0.position() } == position)
    }

    @Test("a message wakes its device and no other")
    func wakes() async throws {
        let house = try SyncHouse()
        let (alice, bob) = (try await house.person("alice"), try await house.person("bob"))
        let mark = house.hub.mark
        try await send(1, to: bob, by: alice, house)
        #expect(house.hub.hasNews(for: bob.number, device: "phone", since: mark))
        #expect(!house.hub.hasNews(for: bob.number, device: "desk", since: mark))
        #expect(!house.hub.hasNews(for: alice.number, device: "phone", since: mark))
    }

    @Test("tokens of before are messages as far as everything else", arguments: ["s5_7", "s5_7_2"])
    func tokens(_ text: String) throws {
        let token = try SyncToken(parsing: text)
        #expect(token.description == text && token.messages == (text == "s5_7" ? 5 : 2))
    }

    @Test("made-up tokens are refused", arguments: ["s5_7_5", "s5_7_9", "s5_7_", "s5_7_1_1", "s5", "s5_7_-1"])
    func madeUp(_ text: String) {
        #expect(throws: MatrixError.self) { try SyncToken(parsing: text) }
    }
}
