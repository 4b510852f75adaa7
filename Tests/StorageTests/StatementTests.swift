import Testing

@testable import Storage

@Suite("Prepared statements")
struct StatementTests {
    @Test("a list of any length has one of a few texts, and holds what it was given")
    func lists() throws {
        let texts = Set((0...2_000).map { SQLList(0..<Int64($0)).marks })
        #expect(texts.count == 13)
        let list = SQLList(["a", "b", "c"] as [SQLValue])
        #expect(list.marks == "?, ?, ?, ?" && list.arguments == ["a", "b", "c", "c"])
        #expect(SQLList([Int64]()).marks.isEmpty && SQLList([Int64]()).arguments.isEmpty)
    }

    @Test("however many different statements are run, a connection does not keep them without end")
    func bound() async throws {
        let store = try Scratch().open()
        let kept = try await store.read { tx throws in
            var most = 0
            try tx.each("SELECT 1 UNION SELECT 2", []) { outer in
                for count in 1...600 {
                    let marks = Array(repeating: "?", count: count * 4).joined(separator: ", ")
                    let values = (0..<(count * 4)).map { SQLValue.int($0) }
                    #expect(try tx.first("SELECT 1 WHERE 1 IN (\(marks))", arguments: values)?.int(0) == 1)
                    most = max(most, try tx.engine().keptBytes)
                }
                #expect(try outer.int(0) > 0, "what is running meanwhile is not disturbed")
            }
            return most
        }
        #expect(kept <= Statements.mostKeptBytes + 1 << 20)
        await store.close()
    }
}
