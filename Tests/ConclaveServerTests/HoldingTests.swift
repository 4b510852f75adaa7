import ConclaveServer
import Foundation
import Keys
import Storage
import Testing

@Suite("What becomes of a room, a person or an event that goes")
struct HoldingTests {
    @Test("every table with a column for a room, a person or an event says what becomes of its rows")
    func everyTable() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "holdings-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }  // a left-over directory harms no test
        let store = try Store.open(
            Store.Options(directory: directory, masterKey: .random(), migrations: Foundations.migrations))
        let tables = try await store.read { tx in
            try tx.rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").map { row in
                let name = try row.text(0)
                let columns = try tx.rows("SELECT name FROM pragma_table_info('\(name)')").map { try $0.text(0) }
                let references = try tx.rows(#"SELECT "table", "from" FROM pragma_foreign_key_list('\#(name)')"#)
                    .map { (table: try $0.text(0), column: try $0.text(1)) }
                let indexed = try tx.rows("SELECT name FROM pragma_index_list('\(name)')").compactMap { index in
                    try tx.first("SELECT name FROM pragma_index_info('\(index.text(0))') WHERE seqno = 0")?.text(0)
                }
                let keys = try tx.rows("SELECT name FROM pragma_table_info('\(name)') WHERE pk = 1").map { try $0.text(0) }
                return Table(
                    name: name, columns: columns, eventColumns: references.filter { $0.table == "events" }.map(\.column),
                    indexed: Set(indexed + keys))
            }
        }
        await store.close()
        #expect(tables.count > 20)
        let holdings = Dictionary(grouping: Foundations.holdings, by: \.table)
        for table in tables {
            let found = holdings[table.name] ?? []
            #expect(found.count <= 1, "\(table.name) is listed twice")
            let holding = found.first ?? Holding(table.name)
            if !Self.rooms.isDisjoint(with: table.columns) {
                #expect(holding.room != .none, "\(table.name) holds something of rooms and does not say what becomes of it")
            }
            if !Self.people.isDisjoint(with: table.columns) {
                #expect(holding.person != .none, "\(table.name) holds something of people and does not say what becomes of it")
            }
            if !table.eventColumns.isEmpty {
                #expect(holding.event != .none, "\(table.name) refers to events and does not say what becomes of its rows")
            }
            // Otherwise deleting one event reads the whole table.
            for column in table.eventColumns { #expect(table.indexed.contains(column), "\(table.name).\(column) has no index") }
            for case .deleted(let column) in [holding.room, holding.person, holding.event] {
                #expect(table.columns.contains(column), "\(table.name) has no column \(column)")
            }
        }
        for name in holdings.keys { #expect(tables.contains { $0.name == name }, "there is no table \(name)") }
    }

    private struct Table: Sendable {
        let name: String
        let columns: [String]
        let eventColumns: [String]
        let indexed: Set<String>
    }

    private static let rooms: Set<String> = ["room", "room_id", "room_number"]
    private static let people: Set<String> = [
        "user", "user_id", "person", "owner", "sender", "creator", "reporter", "uploader", "recipient", "target",
    ]
}
