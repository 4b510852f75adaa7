import Matrix
import Rooms
import Testing

@Suite("Pagination tokens")
struct HistoryTokenTests {
    @Test("tokens of messages and of sync name the same boundary")
    func parsing() throws {
        #expect(try HistoryToken(parsing: "t42").position == 42)
        #expect(try HistoryToken(parsing: "s42_1790000000000").position == 42)
        #expect(try HistoryToken(parsing: HistoryToken(before: 42).description) == HistoryToken(after: 41))
        #expect(HistoryToken(before: 0).position == 0)
    }

    @Test(
        "anything else is M_INVALID_PARAM",
        arguments: ["", "t", "s", "x1", "t-1", "t1_", "t１", "t99999999999999999999", "s_1", "t1 "])
    func refusal(text: String) {
        #expect { try HistoryToken(parsing: text) } throws: { ($0 as? MatrixError)?.code == .invalidParam }
    }
}
