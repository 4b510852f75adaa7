import Matrix
import Rooms
import TestHouse
import Testing

@Suite("What looks alike is not the same")
struct ExactTextTests {
    @Test("two state keys that Unicode holds to be equal are two pieces of state")
    func stateKeys() async throws {
        let house = try RoomsHouse()
        let alice = try await house.person("alice")
        let room = try await house.room(by: alice)
        let (composed, decomposed) = ("caf\u{E9}", "cafe\u{301}")
        func set(_ key: String, _ value: Int) async throws -> EventID {
            try await house.rooms.setState(
                "org.example.place", stateKey: key, content: try JSON(parsing: Array(#"{"x":\#(value)}"#.utf8)), in: room,
                by: alice,
                at: house.now)
        }
        let first = try await set(composed, 1)
        let second = try await set(decomposed, 1)
        #expect(first != second)
        _ = try await set(decomposed, 2)
        for (key, value) in [(composed, 1), (decomposed, 2)] {
            let state = try await house.reads.state("org.example.place", key, of: room, by: alice, at: 1)
            #expect(try state.event.content["x"]?.int == Int64(value))
        }
    }

    @Test("exact text compares and hashes bytes")
    func text() {
        #expect(ExactText("\u{E9}") != ExactText("e\u{301}"))
        #expect(Set<ExactText>(["\u{E9}", "e\u{301}", "\u{E9}"]).count == 2)
    }
}
