import Audit
import Matrix
import Rooms
import Storage
import TestHouse
import Testing

@testable import Sync

@Suite("Sliding sync, limits", .timeLimit(.minutes(5)))
struct SlidingLimitTests {
    private let house: SyncHouse
    private let alice: Requester
    private let bob: Requester

    init() async throws {
        house = try SyncHouse(keepsPresence: false)
        alice = try await house.person("alice")
        bob = try await house.person("bob")
    }

    private static func state(_ types: [String]) -> String {
        "[" + types.map { #"["\#($0)",""]"# }.joined(separator: ",") + "]"
    }

    // MARK: Wishes for state

    @Test("many types of state can be wanted, and each comes")
    func manyTypes() async throws {
        let room = try await house.room(by: alice) { $0.name = "Garden" }
        let types = (0..<130).map { "m.made.up.\($0)" }
        for type in [types[0], types[70], types[129]] { try await house.set(type, "{}", in: room, by: alice) }
        let body = SlidingBody { $0.state = Self.state(types + ["m.room.name"]) }
        let told = try await house.slide(alice, body.text).told(room)
        #expect(told?.requiredState == ["m.made.up.0|", "m.made.up.129|", "m.made.up.70|", "m.room.name|"])
    }

    @Test("more than a thousand different pairs in one call are refused; the same ones again and again are not")
    func pairs() async throws {
        let room = try await house.room(by: alice)
        func body(_ count: Int, _ prefix: String) -> SlidingBody {
            SlidingBody {
                $0.state = Self.state((0..<600).map { "m.\($0)" })
                $0.subscriptions[room.rawValue] = SlidingBody.detail(
                    limit: 1, state: Self.state((0..<count).map { "\(prefix)\($0)" }))
            }
        }
        #expect(try await house.slide(alice, body(600, "m.").text).tellsOfRooms == [room.rawValue])
        #expect(try await house.slide(alice, body(400, "n.").text).tellsOfRooms == [room.rawValue])
        await #expect {
            try await house.slide(alice, body(401, "n.").text)
        } throws: {
            ($0 as? MatrixError)?.code == .invalidParam
        }
    }
}
