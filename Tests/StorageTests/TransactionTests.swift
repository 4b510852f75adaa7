import Storage
import Testing

@Suite("Statements in a transaction")
struct TransactionTests {
    @Test("every kind of value comes back as it was put in")
    func values() async throws {
        let store = try Scratch().open()
        try await store.write { tx throws in
            let values: [SQLValue] = [
                nil, 0, -1, .int(Int64.max), .int(Int64.min), "", "héllo 会议 \u{0}x", .blob([]), .blob([0, 255, 1]),
                .init(nil as String?),
            ]
            for value in values {
                let row = try #require(try tx.first("SELECT ?", value))
                #expect(row.values == [value])
            }
            let row = try #require(try tx.first("SELECT 1, 'a', x'ff', NULL"))
            #expect(try row.int(0) == 1 && row.bool(0))
            #expect(try row.text(1) == "a")
            #expect(try row.blob(2) == [255])
            #expect(try row.optionalInt(3) == nil && row.optionalText(3) == nil && row.optionalBlob(3) == nil)
            #expect(throws: StorageError.unexpectedColumn(index: 1, wanted: "an integer")) { try row.int(1) }
        }
        await store.close()
    }

    @Test("a statement can run inside a loop over itself")
    func nested() async throws {
        let store = try Scratch().open()
        for text in ["a", "b", "c"] { try await store.add(text) }
        let pairs = try await store.read { tx throws in
            var pairs: [String] = []
            let sql = "SELECT text FROM notes ORDER BY id"
            try tx.each(sql, []) { outer in
                try tx.each(sql, []) { inner in pairs.append(try outer.text(0) + inner.text(0)) }
            }
            return pairs
        }
        #expect(pairs == ["aa", "ab", "ac", "ba", "bb", "bc", "ca", "cb", "cc"])
        await store.close()
    }

    @Test("changes are counted and RETURNING answers")
    func changes() async throws {
        let store = try Scratch().open()
        try await store.write { tx throws in
            #expect(try tx.run("INSERT INTO notes (text) VALUES (?), (?)", "a", "b") == 2)
            #expect(try tx.run("UPDATE notes SET extra = ?", .blob([1])) == 2)
            #expect(try tx.run("DELETE FROM notes WHERE text = ?", "x") == 0)
            #expect(try tx.first("INSERT INTO notes (text) VALUES (?) RETURNING id", "c")?.int(0) == 3)
        }
        #expect(try await store.texts() == ["a", "b", "c"])
        await store.close()
    }

    @Test("a constraint says which sort it was")
    func constraints() async throws {
        let store = try Scratch().open()
        try await store.add("a")
        await #expect(throws: StorageError.constraint(.unique, detail: "UNIQUE constraint failed: notes.text")) {
            try await store.add("a")
        }
        await #expect(throws: StorageError.constraint(.notNull, detail: "NOT NULL constraint failed: notes.text")) {
            try await store.write { tx in try tx.run("INSERT INTO notes (text) VALUES (?)", nil) }
        }
        #expect(try await store.texts() == ["a"])
        await store.close()
    }

    @Test("mistakes are errors, not surprises")
    func mistakes() async throws {
        let store = try Scratch().open()
        await #expect(throws: StorageError.misuse("a reading transaction cannot write")) {
            try await store.read { tx in try tx.run("DELETE FROM notes") }
        }
        await #expect(throws: StorageError.self) { try await store.read { tx in try tx.rows("DELETE FROM notes RETURNING id") } }
        await #expect(throws: StorageError.self) {
            try await store.write { tx in try tx.run("INSERT INTO notes (text) VALUES (?)") }
        }
        await #expect(throws: StorageError.self) { try await store.read { tx in try tx.rows("SELEKT 1") } }
        let after = try await store.write { tx throws in
            try tx.run("INSERT INTO notes (text) VALUES ('still works')")
            return tx.isWriting
        }
        #expect(after)
        #expect(try await store.texts() == ["still works"])
        await store.close()
    }

    @Test("a reading transaction sees one state from beginning to end")
    func snapshot() async throws {
        let store = try Scratch().open()
        try await store.add("before")
        let (reading, written) = (AsyncStream<Void>.makeStream(), AsyncStream<Void>.makeStream())
        async let counts = store.read { tx throws in
            let first = try tx.first("SELECT count(*) FROM notes")?.int(0)
            reading.continuation.yield()
            // Blocks its thread on purpose until the write is durable.
            let gate = Gate()
            Task {
                for await _ in written.stream { break }
                gate.open()
            }
            gate.wait()
            return [first, try tx.first("SELECT count(*) FROM notes")?.int(0)]
        }
        for await _ in reading.stream { break }
        try await store.add("after")
        written.continuation.yield()
        #expect(try await counts == [1, 1])
        #expect(try await store.texts().count == 2)
        await store.close()
    }

    @Test("a closed store refuses")
    func closed() async throws {
        let store = try Scratch().open()
        await store.close()
        await store.close()
        await #expect(throws: StorageError.closed) { try await store.add("a") }
        await #expect(throws: StorageError.closed) { try await store.texts() }
    }
}
