import Matrix
import Rooms
import TestHouse
import Testing

@testable import Sync

@Suite("tokens of /sync")
struct SyncTokenTests {
    @Test("a token reads back as what it was")
    func roundTrip() throws {
        let token = SyncToken(StreamMark(position: 42, serial: 1_790_000_000_123))
        #expect(try SyncToken(parsing: token.description) == token)
        #expect(try HistoryToken(parsing: token.description).position == 42)
        #expect(try HistoryToken(parsing: SyncToken.page(7)).position == 7)
    }

    @Test(
        "what is no token is refused",
        arguments: [
            "", "s", "s1", "s1_", "s_1", "t1_2", "s1_2_3", "s-1_2", "s1_-2", "s+1_2", "s 1_2", "s99999999999999999999_1", "s1_2 ",
            "s١_٢",
        ])
    func refusal(text: String) {
        let error = #expect(throws: MatrixError.self) { try SyncToken(parsing: text) }
        #expect(error?.status == 400)
    }

    @Test("a token from the future is refused")
    func future() async throws {
        let house = try SyncHouse()
        let alice = try await house.person("alice")
        let error = await #expect(throws: MatrixError.self) { try await house.answer(alice, since: "s999999_1") }
        #expect(error?.status == 400)
    }
}
